"""Check: are the boxes' numbers in the format's unit, pixels or shares of the picture?"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int32, Int64

from objloc.data.doctor.explanation import Explanation
from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding

_SHARE = 1.001  # a share of the picture, rounded up
_MANY = 0.5  # from this share of all boxes on, the set is what is wrong and not the boxes


def normalised_boxes(
    annotations: Annotations, sizes: Int32[np.ndarray, "i 2"]
) -> Iterator[Explanation]:
    """An error for boxes that look like shares of the picture (or, in YOLO, like pixels).

    Args:
        annotations: the labels.
        sizes: the pictures' heights and widths; 0 where unknown.
    """
    if annotations.ref_kind == "line":
        rows = _pixels_as_shares(annotations, sizes)
        what = "are pixels, but YOLO has shares of width and height"
        way_out = "divide x by the picture's width and y by its height"
    else:
        rows = _shares_as_pixels(annotations)
        what = "are shares of the picture (0 to 1), but the format has pixels"
        way_out = "multiply x by the picture's width and y by its height"
    if len(rows) > _MANY * len(annotations.boxes):
        count = f"{len(rows)} of {len(annotations.boxes)} boxes"
        yield Explanation(_finding(annotations, rows, f"{count} {what}", way_out), rows)
        return
    for row in rows:
        one = np.array([row])
        yield Explanation(_finding(annotations, one, f"the box's numbers {what}", way_out), one)


def _shares_as_pixels(annotations: Annotations) -> Int64[np.ndarray, " m"]:
    boxes = annotations.boxes
    # One-based corners have had 1 taken off on the left.
    with np.errstate(invalid="ignore"):
        small = ((boxes >= -1) & (boxes <= _SHARE)).all(axis=1)
        fraction = (boxes != np.round(boxes)).any(axis=1)
    return np.flatnonzero(small & fraction)


def _pixels_as_shares(
    annotations: Annotations, sizes: Int32[np.ndarray, "i 2"]
) -> Int64[np.ndarray, " m"]:
    limits = sizes[annotations.image_of_object()][:, [1, 0, 1, 0]].astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        pixels = annotations.boxes / limits
        outside = (annotations.boxes > 2 * limits).any(axis=1)
        inside = ((pixels >= -1) & (pixels <= limits + 1)).all(axis=1)
        is_box = (pixels[:, 2:] - pixels[:, :2] >= 1).all(axis=1)
    return np.flatnonzero(outside & inside & is_box)


def _finding(
    annotations: Annotations, rows: Int64[np.ndarray, " m"], message: str, way_out: str
) -> Finding:
    images = annotations.image_of_object()[rows]
    different = list(dict.fromkeys(images.tolist()))[:8]
    x1, y1, x2, y2 = (float(side) for side in annotations.boxes[rows[0]])
    return Finding(
        "box_normalised",
        "error",
        annotations.label_files[different[0]],
        message,
        way_out,
        where=annotations.where(int(rows[0])),
        files=tuple(annotations.files[image] for image in different),
        box=(x1, y1, x2, y2),
    )
