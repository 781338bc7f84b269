"""Counts of the kinds of error by size, position and class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from objloc.evaluation.kinds import KINDS

SIZES = {"small (< 32² px)": 0.0, "medium (< 96² px)": 32.0**2, "large": 96.0**2}
"""COCO's classes of area and where they begin, in square pixels."""

RELATIVE_SIZES = {"< 1 %": 0.0, "1–10 %": 0.01, "10–30 %": 0.1, "≥ 30 %": 0.3}
"""Classes of the picture's share that a box covers, and where they begin."""

POSITIONS = tuple(
    f"{row} {column}"
    for row in ("top", "middle", "bottom")
    for column in ("left", "centre", "right")
)
"""The ninths of a picture, row by row."""


@dataclass(frozen=True)
class Breakdown:
    """Counts of the kinds by some property.

    Attributes:
        names: of the property's B values: "small (< 32² px)", "top left", a class.
        counts: (B, 8), in the order of `KINDS`. "imagined" and "duplicate" count by the
            detection's own box and class, the others by the object's.
    """

    names: tuple[str, ...]
    counts: Int64[np.ndarray, "b 8"]


def break_down(
    kind: Int64[np.ndarray, " n"],
    box: Float64[np.ndarray, "n 4"],
    area: Float64[np.ndarray, " n"],
    label: Int64[np.ndarray, " n"],
    size: Float64[np.ndarray, "n 2"],
    class_names: Sequence[str],
) -> dict[str, Breakdown]:
    """Breakdowns by "size", "relative_size", "position" and "class".

    Args:
        kind: index into `KINDS` of each object or idle detection.
        box: its box; xyxy, pixels.
        area: its area in square pixels.
        label: its class.
        size: height and width of its picture in pixels.
        class_names: names of the labels.
    """
    height, width = size[:, 0], size[:, 1]
    share = (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]) / (height * width)
    column = _third((box[:, 0] + box[:, 2]) / 2 / width)
    row = _third((box[:, 1] + box[:, 3]) / 2 / height)
    return {
        "size": _count(kind, _class_of(area, SIZES), tuple(SIZES)),
        "relative_size": _count(kind, _class_of(share, RELATIVE_SIZES), tuple(RELATIVE_SIZES)),
        "position": _count(kind, 3 * row + column, POSITIONS),
        "class": _count(kind, label, tuple(class_names)),
    }


def _class_of(values: Float64[np.ndarray, " n"], begins: dict[str, float]) -> np.ndarray:
    """The class that each value lies in."""
    return np.maximum(np.searchsorted(list(begins.values()), values, side="right") - 1, 0)


def _third(share: Float64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
    """0, 1 or 2; what lies outside the picture counts to its edge."""
    return np.clip(np.floor(share * 3), 0, 2).astype(np.int64)


def _count(kind: np.ndarray, value: np.ndarray, names: tuple[str, ...]) -> Breakdown:
    """How often each kind comes with each value."""
    counts = np.zeros((len(names), len(KINDS)), np.int64)
    np.add.at(counts, (value, kind), 1)
    return Breakdown(names, counts)
