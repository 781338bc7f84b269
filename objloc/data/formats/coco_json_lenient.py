"""Reads COCO JSON entry by entry: what is wrong with one costs that one alone."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from objloc.data.files.finding import Finding
from objloc.data.files.printable import printable
from objloc.data.formats.coco_file import CocoFile, whole_sizes
from objloc.data.formats.coco_outline import outline_bounds
from objloc.errors import DataError

_SECTIONS = ("images", "annotations", "categories")
_FIRST_CODE = -(2**62)  # numbers that stand for ids which are none; no file counts from here
_LONGEST = 60  # characters of a wrong entry that a finding shows
_FIX = "correct the entry, or export the labels again"


class NotCocoError(DataError):
    """A JSON file that is no set of labelled pictures."""


class _Ids:
    """Whole numbers for ids of any kind."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self._codes: dict[str, int] = {}

    def number(self, value: object) -> int:
        """The id itself if it is a whole number, however written; else one that stands for it."""
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**62:
            return value
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**62:
            return int(value)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
            return int(value)
        text = _shown(value)
        if text not in self._codes:
            self._codes[text] = _FIRST_CODE - len(self._codes)
            self.texts[self._codes[text]] = text
        return self._codes[text]


def read_leniently(path: Path, name: str) -> CocoFile:
    """What a COCO file says, with a finding for each entry that says nothing.

    Args:
        path: the file.
        name: what findings call it.

    Raises:
        NotCocoError: it is JSON, but no set of labelled pictures.
        DataError: it is no JSON.
    """
    content = load_json(path)
    _check_kind(path, content)
    ids = _Ids()
    findings: list[Finding] = []
    columns = {
        **_images(content["images"], name, ids, findings),
        **_categories(content["categories"], name, ids, findings),
        **_annotations(content["annotations"], name, ids, findings),
    }
    return CocoFile(**columns, id_texts=ids.texts, findings=tuple(findings))


def load_json(path: Path) -> Any:
    """The content of a JSON file in UTF-8 (with or without a mark), UTF-16 or UTF-32.

    Bytes that are no UTF-8 become Python's surrogates, as they do in names of files.

    Raises:
        DataError: it is no JSON; the text says where.
    """
    content = path.read_bytes()
    encoding = json.detect_encoding(content)
    text = content.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    del content
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}: {_broken(error)}") from error
    except RecursionError as error:
        raise DataError(f"{path}: lists within lists without end; this is no COCO file") from error


def cut_off(line: int, column: int, byte: int) -> str:
    """What is wrong with a file that ends too early, and what to do."""
    return (
        f"line {line}, column {column} (byte {byte:,}): the JSON ends in the middle of an entry: "
        "the file was cut off; download or export it again"
    )


def _broken(error: json.JSONDecodeError) -> str:
    """Where JSON stops being JSON, and what to do."""
    byte = len(error.doc[: error.pos].encode("utf-8", "surrogateescape"))
    if not error.doc[error.pos :].strip() or error.msg.startswith("Unterminated string"):
        return cut_off(error.lineno, error.colno, byte)
    return (
        f"line {error.lineno}, column {error.colno} (byte {byte:,}): this is no JSON "
        f"({error.msg}); mend it there, or export the labels again"
    )


def _check_kind(path: Path, content: object) -> None:
    """Tells other JSON from COCO.

    Raises:
        NotCocoError: it is something else.
    """
    if isinstance(content, list):
        what = "a list"
        if content and isinstance(content[0], dict) and "score" in content[0]:
            what = "a list of detections (COCO's results format)"
        raise NotCocoError(
            f"{path}: this is {what}, not a COCO file with images, annotations and categories; "
            "name the labels' file by dataset.format.annotations"
        )
    if not isinstance(content, dict):
        raise NotCocoError(f"{path}: this is no COCO file, but a single {type(content).__name__}")
    missing = [key for key in _SECTIONS if not isinstance(content.get(key), list)]
    if missing:
        keys = ", ".join(sorted(map(str, content))[:8]) or "nothing"
        raise NotCocoError(
            f"{path}: this is no COCO file of labelled pictures: it has no list "
            f"{' and no list '.join(repr(key) for key in missing)} (it has: {keys}); "
            "name the labels' file by dataset.format.annotations"
        )


def _images(entries: list[Any], name: str, ids: _Ids, findings: list[Finding]) -> dict[str, Any]:
    kept = []
    for place, entry in enumerate(entries):
        if _usable(entry, ("id", "file_name")) and isinstance(entry["file_name"], str):
            kept.append(entry)
        else:
            findings.append(_unreadable(name, f"images[{place}]", entry, "id and file_name"))
    sizes = np.array(
        [(_number(entry.get("height")), _number(entry.get("width"))) for entry in kept], np.float64
    )
    return {
        "image_ids": np.array([ids.number(entry["id"]) for entry in kept], np.int64),
        "file_names": [entry["file_name"] for entry in kept],
        "sizes": whole_sizes(sizes.reshape(-1, 2)),
    }


def _categories(
    entries: list[Any], name: str, ids: _Ids, findings: list[Finding]
) -> dict[str, Any]:
    kept = []
    for place, entry in enumerate(entries):
        if _usable(entry, ("id", "name")):
            kept.append(entry)
        else:
            findings.append(_unreadable(name, f"categories[{place}]", entry, "id and name"))
    return {
        "category_ids": np.array([ids.number(entry["id"]) for entry in kept], np.int64),
        # Half of an emoji is no text that a page or a file could hold.
        "category_names": [printable(entry["name"]) for entry in kept],
        "parents": [printable(entry.get("supercategory") or "") for entry in kept],
    }


def _annotations(
    entries: list[Any], name: str, ids: _Ids, findings: list[Finding]
) -> dict[str, Any]:
    rows: list[tuple[int, int, int, float, bool]] = []
    boxes: list[tuple[float, float, float, float]] = []
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict):
            findings.append(_unreadable(name, f"annotations[{place}]", entry, "image_id and bbox"))
            continue
        number = ids.number(entry.get("id", place))
        number = place if number in ids.texts else number
        box = _bbox(entry)
        if isinstance(box, str):
            findings.append(
                Finding("box_not_a_number", "error", name, box, _FIX, f"annotation {number}")
            )
            continue
        image, category = ids.number(entry.get("image_id")), ids.number(entry.get("category_id"))
        crowd = _number(entry.get("iscrowd")) > 0 or _number(entry.get("ignore")) > 0
        rows.append((number, image, category, _number(entry.get("area")), crowd))
        boxes.append(box)
    numbers, images, categories, area, crowds = zip(*rows, strict=True) if rows else ((),) * 5
    return {
        "ids": np.array(numbers, np.int64),
        "of_image": np.array(images, np.int64),
        "of_category": np.array(categories, np.int64),
        "bboxes": np.array(boxes, np.float64).reshape(-1, 4),
        "area": np.array(area, np.float64),
        "crowd": np.array(crowds, np.bool_),
    }


def _bbox(entry: dict[str, Any]) -> tuple[float, float, float, float] | str:
    """The four numbers, from the outline where there is no box, or what keeps them from being."""
    box = entry.get("bbox")
    if box is None or box == []:
        bounds = outline_bounds(entry.get("segmentation"))
        return bounds or "there is neither a bbox nor an outline (segmentation) to take it from"
    sides = [_number(side) for side in box] if isinstance(box, list) else []
    if len(sides) != 4 or not all(map(math.isfinite, sides)):
        return f"bbox is {_shown(box)}, not four numbers"
    x, y, width, height = sides
    return x, y, width, height


def _usable(entry: object, keys: tuple[str, ...]) -> bool:
    return isinstance(entry, dict) and all(entry.get(key) is not None for key in keys)


def _unreadable(name: str, where: str, entry: object, needed: str) -> Finding:
    message = f"this entry needs {needed}, and is {_shown(entry)}"
    return Finding("label_unreadable", "error", name, message, _FIX, where)


def _number(value: object) -> float:
    """The number, NaN where it is none; a string is none."""
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return math.nan


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
