"""One YOLO label file: a line for each object, normalised to the picture's width and height."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from objloc.data.formats.text_lines import text_lines

COLUMNS = 7
"""Of `YoloLabels.rows`: class, x1, y1, x2, y2, area, line."""

_Row = tuple[float, float, float, float, float, float, float]


@dataclass(frozen=True)
class Problem:
    """What is wrong with one line.

    Attributes:
        kind: of the finding.
        line: from 1.
        reason: in words.
    """

    kind: str
    line: int
    reason: str


@dataclass(frozen=True)
class YoloLabels:
    """What one label file says.

    Attributes:
        rows: (N, 7) class id; x1, y1, x2, y2 and the area as parts of the picture's width, height
            and area; line.
        problems: lines that are not among the rows.
    """

    rows: Float64[np.ndarray, "n 7"]
    problems: list[Problem]


class UnreadableLabelError(Exception):
    """The file is no YOLO label; the text says why."""


def read_yolo_file(path: str, keypoints: bool) -> YoloLabels:
    """Reads one label file.

    Raises:
        UnreadableLabelError: it cannot be opened or is no text.
    """
    try:
        with open(path, "rb") as file:
            return parse_yolo(file.read(), keypoints)
    except OSError as error:
        raise UnreadableLabelError(f"it cannot be opened ({error.strerror})") from error


def parse_yolo(content: bytes, keypoints: bool = False) -> YoloLabels:
    """Takes one label file's content apart.

    A line is `class cx cy w h`, the same with a prediction's confidence behind it (not used), or
    `class x y x y x y …`, a polygon of three points or more: its bounding box and its own area.
    A line that is there before is left out, as ultralytics does.

    Args:
        content: of the file.
        keypoints: what follows the box are points of a skeleton (`kpt_shape`), not a polygon.

    Raises:
        UnreadableLabelError: it is no text.
    """
    rows: list[_Row] = []
    problems: list[Problem] = []
    seen: dict[tuple[float, ...], int] = {}
    for number, line in enumerate(_lines(content), start=1):
        parts = line.split()
        if not parts:
            continue
        values = _numbers(parts)
        if isinstance(values, str):
            problems.append(Problem("box_not_a_number", number, values))
            continue
        row = _row(values, number, keypoints)
        if isinstance(row, Problem):
            problems.append(row)
            continue
        first = seen.setdefault(row[:6], number)
        if first == number:
            rows.append(row)
        else:
            problems.append(Problem("duplicate_box", number, f"it says the same as line {first}"))
    return YoloLabels(np.array(rows, np.float64).reshape(-1, COLUMNS), problems)


def _lines(content: bytes) -> list[str]:
    try:
        return text_lines(content)
    except UnicodeDecodeError as error:
        raise UnreadableLabelError(f"it is no text ({error.reason})") from error


def _numbers(parts: list[str]) -> list[float] | str:
    """The line's numbers, or which of them is none."""
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if values and all(map(math.isfinite, values)):
        return values
    wrong = next(part for part in parts if not _is_number(part))
    return f"{wrong[:40]!r} is no number"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _row(values: list[float], line: int, keypoints: bool) -> _Row | Problem:
    """Class, box, area and line of a line's numbers."""
    label, count = values[0], len(values)
    if label < 0 or label != int(label):
        return Problem("class_unknown", line, f"its class is {label:g}, no number from 0")
    if count in (5, 6) or (keypoints and count > 6):
        _, cx, cy, width, height = values[:5]
        x1, y1, x2, y2 = cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2
        return label, x1, y1, x2, y2, max(width, 0.0) * max(height, 0.0), float(line)
    if count >= 7 and count % 2:
        x, y = values[1::2], values[2::2]
        return label, min(x), min(y), max(x), max(y), _polygon_area(x, y), float(line)
    return Problem(
        "label_unreadable",
        line,
        f"it has {count} columns; a box has 5 (class cx cy w h), a polygon 7, 9, 11, …",
    )


def _polygon_area(x: list[float], y: list[float]) -> float:
    """The area inside a polygon's corners (the shoelace formula)."""
    following = [*range(1, len(x)), 0]
    twice = sum(x[i] * y[j] - x[j] * y[i] for i, j in enumerate(following))
    return abs(twice) / 2
