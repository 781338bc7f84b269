"""Which boxes of a table of labels cannot be boxes of their pictures."""

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int32, Int64

from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding

InvalidBoxes = Literal["stop", "skip", "clip"]
"""What becomes of boxes that cannot be boxes of their picture."""

FINE, NOT_A_NUMBER, INVERTED, EMPTY, OUTSIDE, WHOLLY_OUTSIDE = range(6)
"""What `check_boxes` says of a box; of several faults the first in this order."""

TOLERANCE = 1.0
"""Pixels by which a box may reach out of its picture; it is rounding and is cut off silently."""

_KINDS = {
    NOT_A_NUMBER: "box_not_a_number",
    INVERTED: "box_inverted",
    EMPTY: "box_empty",
    OUTSIDE: "box_outside",
    WHOLLY_OUTSIDE: "box_outside",
}
_SKIP = "fix the file or set dataset.invalid_boxes=skip"
_CLIP = "fix the file or set dataset.invalid_boxes=skip (or clip)"


def check_boxes(
    boxes: Float64[np.ndarray, "n 4"], sizes: Int32[np.ndarray, "n 2"]
) -> Int8[np.ndarray, " n"]:
    """What is wrong with each box.

    Args:
        boxes: xyxy in pixels.
        sizes: height and width of each box's picture; 0 where unknown: then nothing is outside.

    Returns:
        FINE, NOT_A_NUMBER (infinite ones too), INVERTED (x2 < x1 or y2 < y1), EMPTY (no width or
        no height), OUTSIDE (reaches out by more than `TOLERANCE`) or WHOLLY_OUTSIDE (no part of it
        is in the picture).
    """
    codes = np.full(len(boxes), FINE, np.int8)
    x1, y1, x2, y2 = boxes.T
    height, width = sizes.T.astype(np.float64)
    known = (height > 0) & (width > 0)
    with np.errstate(invalid="ignore"):  # comparisons with NaN, which is looked for last
        reach = np.maximum.reduce([-x1, -y1, x2 - width, y2 - height])
        nothing_inside = (x1 >= width) | (y1 >= height) | (x2 <= 0) | (y2 <= 0)
        codes[known & (reach > TOLERANCE)] = OUTSIDE
        codes[known & nothing_inside] = WHOLLY_OUTSIDE
        codes[(x2 == x1) | (y2 == y1)] = EMPTY
        codes[(x2 < x1) | (y2 < y1)] = INVERTED
    codes[~np.isfinite(boxes).all(axis=1)] = NOT_A_NUMBER
    return codes


def box_findings(
    annotations: Annotations, codes: Int8[np.ndarray, " n"], sizes: Int32[np.ndarray, "i 2"]
) -> tuple[Finding, ...]:
    """A finding for each box that is not FINE.

    Args:
        annotations: the labels.
        codes: of each object, from `check_boxes`.
        sizes: height and width of each picture, as `check_boxes` was told them.
    """
    rows = np.flatnonzero(codes)
    images = np.searchsorted(annotations.starts, rows, side="right") - 1
    return tuple(
        _finding(annotations, int(row), int(image), int(codes[row]), sizes[image])
        for row, image in zip(rows, images, strict=True)
    )


def clipped(
    boxes: Float64[np.ndarray, "n 4"], sizes: Int32[np.ndarray, "n 2"] | Int64[np.ndarray, "n 2"]
) -> Float64[np.ndarray, "n 4"]:
    """The boxes cut at the edges of their pictures; where a size is 0 (unknown), as they are."""
    limits = np.where(sizes > 0, sizes, np.inf)[:, [1, 0, 1, 0]]
    low = np.where(np.isfinite(limits), 0.0, -np.inf)
    return np.clip(boxes, low, limits)


def survives_clipping(codes: Int8[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Whether something that can be trained on is left of a box when it is cut at the edges."""
    return (codes == FINE) | (codes == OUTSIDE)


def _finding(
    annotations: Annotations, row: int, image: int, code: int, size: Int32[np.ndarray, " 2"]
) -> Finding:
    box = annotations.boxes[row]
    numbers = "box (" + ", ".join(f"{value:g}" for value in box) + ")"
    name = annotations.class_names[annotations.labels[row]]
    return Finding(
        kind=_KINDS[code],
        severity="error",
        file=annotations.label_files[image],
        message=f"{name} in {annotations.files[image]}: {numbers} {_fault(box, code, size)}",
        way_out=_CLIP if code == OUTSIDE else _SKIP,
        where=annotations.where(row),
        files=(annotations.files[image],),
        box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
    )


def _fault(box: Float64[np.ndarray, " 4"], code: int, size: Int32[np.ndarray, " 2"]) -> str:
    x1, y1, x2, y2 = box
    height, width = size
    if code == NOT_A_NUMBER:
        return "has a coordinate that is no number"
    if code == INVERTED:
        return f"is inside out: {x2 - x1:g} wide and {y2 - y1:g} high"
    if code == EMPTY:
        return f"is empty: {x2 - x1:g} wide and {y2 - y1:g} high"
    where = "lies outside" if code == WHOLLY_OUTSIDE else "reaches out of"
    return f"{where} the picture of {width} × {height} px"
