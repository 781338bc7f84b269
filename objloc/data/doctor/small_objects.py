"""Check: is anything left of the objects at the size that the model sees?"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float64, Int32

from objloc.data.batch_form import BatchForm
from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding, Severity

MIN_SIDE = 2
"""Pixels of the resized picture: what is thinner can hardly be told from noise."""

_EXAMPLES = 8


def small_objects(
    annotations: Annotations,
    sizes: Int32[np.ndarray, "i 2"],
    usable: Bool[np.ndarray, " n"],
    form: BatchForm,
    stride: int,
) -> Iterator[Finding]:
    """Warns of objects that vanish in the resized picture, notes those smaller than a cell.

    Args:
        annotations: the labels.
        sizes: the pictures' heights and widths; 0 where unknown.
        usable: the objects whose boxes are boxes; others are not counted.
        form: how pictures are resized.
        stride: pixels a side of the cells of the model's finest grid.
    """
    sides = resized_sides(annotations, sizes, form)
    with np.errstate(invalid="ignore"):
        counted = usable & ~annotations.ignore & (sides > 0).all(axis=1)
    total = int(counted.sum())
    shorter, longer = sides.min(axis=1), sides.max(axis=1)
    at = f"at image_size={form.image_size}"
    vanishing = np.flatnonzero(counted & (shorter < MIN_SIDE))
    if len(vanishing):
        yield _finding(
            annotations,
            vanishing[np.argsort(shorter[vanishing])],
            "warning",
            f"{_share(annotations, vanishing, total)} are less than {MIN_SIDE} px wide or high "
            f"{at}; the thinnest has {shorter[vanishing].min():.1f} px",
            "raise dataset.image_size, or cut the pictures into tiles",
        )
    small = np.flatnonzero(counted & (longer < stride) & (shorter >= MIN_SIDE))
    if len(small):
        yield _finding(
            annotations,
            small[np.argsort(longer[small])],
            "warning" if len(small) > 0.1 * total else "note",
            f"{_share(annotations, small, total)} are smaller than one cell of {stride} px {at}; "
            f"half of all objects are at most {np.median(longer[counted]):.0f} px long",
            "raise dataset.image_size, or choose a head with a finer grid",
        )


def resized_sides(
    annotations: Annotations, sizes: Int32[np.ndarray, "i 2"], form: BatchForm
) -> Float64[np.ndarray, "n 2"]:
    """Widths and heights in pixels of the resized picture; NaN where the size is not known."""
    known = np.where(sizes > 0, sizes, np.nan).astype(np.float64)
    if form.resize_mode == "letterbox":
        known = np.repeat(known.max(axis=1, keepdims=True), 2, axis=1)
    scales = (form.image_size / known)[annotations.image_of_object()][:, ::-1]
    with np.errstate(invalid="ignore", over="ignore"):
        return (annotations.boxes[:, 2:] - annotations.boxes[:, :2]) * scales


def _share(annotations: Annotations, rows: np.ndarray, total: int) -> str:
    counts = np.bincount(annotations.labels[rows], minlength=len(annotations.class_names))
    listed = ", ".join(
        f"'{annotations.class_names[label]}' {counts[label]}"
        for label in np.argsort(-counts, kind="stable")[:5]
        if counts[label]
    )
    return f"{len(rows)} of {total} objects ({len(rows) / total:.1%}; {listed})"


def _finding(
    annotations: Annotations, rows: np.ndarray, severity: Severity, message: str, way_out: str
) -> Finding:
    """One finding for all of them; the file, the place and the box are those of the smallest."""
    images = annotations.image_of_object()[rows]
    different = list(dict.fromkeys(int(image) for image in images))[:_EXAMPLES]
    x1, y1, x2, y2 = (float(side) for side in annotations.boxes[rows[0]])
    return Finding(
        "object_small",
        severity,
        annotations.label_files[different[0]],
        message,
        way_out,
        where=annotations.where(int(rows[0])),
        files=tuple(annotations.files[image] for image in different),
        box=(x1, y1, x2, y2),
    )
