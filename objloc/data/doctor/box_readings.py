"""Check: do the boxes' four numbers mean what the format says?

A file may hold x, y, width, height where the format has two corners, or the reverse, or y before
x. Single boxes then look inverted or outside; over a dataset it shows which reading fits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int32

from objloc.data.doctor.explanation import Explanation
from objloc.data.files.annotations import SPLITS, Annotations
from objloc.data.files.finding import Finding

Boxes = Float64[np.ndarray, "n 4"]

_FEWEST = 3  # boxes that must be badly wrong before anything is concluded,
_LEAST_BAD = 0.05  # and their share of all
_LEAST_FIT = 0.97  # share of all boxes that must fit in the other reading
_FAR = 0.05  # sticking out by this share of the picture is more than a careless hand
_ROUNDING = 0.01  # sticking out by this share is less


@dataclass(frozen=True)
class _Reading:
    """What the file's numbers may be, and how that turns boxes as read into the ones meant."""

    numbers: str
    box: Callable[[Boxes], Boxes]


def _size_as_corner(boxes: Boxes) -> Boxes:
    """The last two were sizes, but were read as a corner."""
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def _corner_as_size(boxes: Boxes) -> Boxes:
    """The last two were a corner, but were read as sizes."""
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


def _shifted(share: float) -> Callable[[Boxes], Boxes]:
    """A corner was read as the centre, or the reverse: off by half a box."""

    def shift(boxes: Boxes) -> Boxes:
        return boxes + share * np.tile(boxes[:, 2:] - boxes[:, :2], 2)

    return shift


def _centre_as_corner(boxes: Boxes) -> Boxes:
    """Centre and size were read as two corners."""
    return _shifted(-0.5)(_size_as_corner(boxes))


def _corners_as_centre(boxes: Boxes) -> Boxes:
    """Two corners were read as centre and size."""
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)


def _transposed(boxes: Boxes) -> Boxes:
    return boxes[:, [1, 0, 3, 2]]


_YX = _Reading("y before x", _transposed)
# By what `Annotations.ref_kind` says of the format: VOC, COCO, YOLO.
_READINGS = {
    "object": (
        "xmin, ymin, xmax, ymax",
        (
            _Reading("x, y, width, height", _size_as_corner),
            _YX,
            _Reading("centre x, centre y, width, height", _centre_as_corner),
        ),
    ),
    "annotation": (
        "x, y, width, height",
        (
            _Reading("x1, y1, x2, y2", _corner_as_size),
            _YX,
            _Reading("centre x, centre y, width, height", _shifted(-0.5)),
        ),
    ),
    "line": (
        "centre x, centre y, width, height",
        (
            _Reading("x1, y1, x2, y2", _corners_as_centre),
            _YX,
            _Reading("x, y, width, height", _shifted(0.5)),
        ),
    ),
}


def box_readings(
    annotations: Annotations, splits: Int8[np.ndarray, " i"], sizes: Int32[np.ndarray, "i 2"]
) -> Iterator[Explanation]:
    """An error for the dataset, or for a split of it, whose boxes fit if read in another way.

    Args:
        annotations: the labels.
        splits: each picture's split: a set's splits often come from different hands.
        sizes: the pictures' heights and widths; 0 where unknown.
    """
    image = annotations.image_of_object()
    known = np.isfinite(annotations.boxes).all(axis=1) & (sizes[image] > 0).all(axis=1)
    whole = _explain(annotations, sizes, known, "")
    if whole is not None:
        yield whole
        return
    for number, name in enumerate(SPLITS):
        part = _explain(annotations, sizes, known & (splits[image] == number), f" of {name}")
        if part is not None:
            yield part


def _explain(
    annotations: Annotations,
    sizes: Int32[np.ndarray, "i 2"],
    chosen: Bool[np.ndarray, " n"],
    which: str,
) -> Explanation | None:
    rows = np.flatnonzero(chosen)
    images = annotations.image_of_object()[rows]
    boxes = annotations.boxes[rows]
    limits = sizes[images][:, [1, 0, 1, 0]].astype(np.float64)
    bad = ~_fits(boxes, limits, _FAR)
    if bad.sum() < max(_FEWEST, _LEAST_BAD * len(rows)) or annotations.ref_kind not in _READINGS:
        return None
    meant, readings = _READINGS[annotations.ref_kind]
    fits = [_fits(reading.box(boxes), limits, _ROUNDING).mean() for reading in readings]
    best = int(np.argmax(fits))
    if fits[best] < _LEAST_FIT:
        return None
    example = int(np.argmax(bad))
    x1, y1, x2, y2 = (float(side) for side in boxes[example])
    in_turn = [int(image) for image in dict.fromkeys(images[bad].tolist())][:8]
    finding = Finding(
        "box_swapped",
        "error",
        annotations.label_files[in_turn[0]],
        f"{bad.sum()} of {len(rows)} boxes{which} are inside out or far outside their pictures; "
        f"read as {readings[best].numbers}, {fits[best]:.1%} fit",
        f"write the boxes as {meant}, as the format has it",
        where=annotations.where(int(rows[example])),
        files=tuple(annotations.files[image] for image in in_turn),
        box=(x1, y1, x2, y2),
    )
    return Explanation(finding, rows)


def _fits(boxes: Boxes, limits: Boxes, tolerance: float) -> Bool[np.ndarray, " n"]:
    """Which boxes have an inside, and lie in their pictures but for a share of the sides."""
    positive = (boxes[:, :2] < boxes[:, 2:]).all(axis=1)
    margin = np.maximum(tolerance * limits, 1.0)
    inside = ((boxes >= -margin) & (boxes <= limits + margin)).all(axis=1)
    return np.logical_and(positive, inside)
