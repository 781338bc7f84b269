"""Objects cut out of other training pictures and laid where there is room.

What is rare in the pictures is seen more often, and in front of more than the few backgrounds that
it was photographed on (Dwibedi et al., "Cut, Paste and Learn: Surprisingly Easy Synthesis for
Instance Detection", 2017). A box is all there is to cut along, so what is cut out is the ellipse in
the box; its edge is soft, for a hard one could be learned in the object's place.
"""

import math
from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Float32, Float64

from objloc.boxes import area, intersection
from objloc.data.batch_form import BatchForm
from objloc.data.boxed_picture import BoxedPicture, together
from objloc.data.span import Span, axis_scales

_TRIES = 10
"""How often another place is looked at, where one is taken."""

_HIDDEN = 0.2
"""The share of the smaller of two boxes that may lie in the other one: a thing that is hidden by no
more of each thing pasted keeps its box, and what is cut out shows no more of its neighbours."""

_WHOLE, _GONE = 0.95, 1.25
"""Where the ellipse begins to fade and where nothing is left of it, in half sides of the box."""


def paste(
    onto: BoxedPicture,
    other: BoxedPicture,
    scale: float,
    form: BatchForm,
    rng: np.random.Generator,
) -> BoxedPicture:
    """A picture with one object of another in a random place.

    Args:
        onto: on the model's square; nothing of it is written to.
        other: of any size. Every class that it shows is as likely to be taken; objects that
            others reach into are not, for parts of those would come along without a box.
        scale: 1 for the size that `other` would be resized to by itself.
        form: whether pictures are letterboxed or stretched.
        rng: decides what is taken, and the place.

    Returns:
        `onto` itself where `other` has no object to take, or no room was found for it.
    """
    chosen = _choose(other, rng)
    if chosen is None:
        return onto
    side = form.image_size
    height, width = other.image.shape[:2]
    x_scale, y_scale = axis_scales((height, width), scale, form)
    box = other.boxes[chosen].astype(np.float64)
    x = _patch(box[0], box[2], width, x_scale)
    y = _patch(box[1], box[3], height, y_scale)
    if x.size > side or y.size > side:
        return onto
    taken = onto.boxes.astype(np.float64)
    for _ in range(_TRIES):
        x = replace(x, at=int(rng.integers(side - x.size + 1)))
        y = replace(y, at=int(rng.integers(side - y.size + 1)))
        placed = np.concatenate([x.moved(box[::2]), y.moved(box[1::2])])[[0, 2, 1, 3]]
        if (_shares(placed[None], taken) <= _HIDDEN).all():
            break
    else:
        return onto
    patch = other.image[y.start : y.start + y.length, x.start : x.start + x.length]
    shrinks = x.size * y.size < patch.shape[0] * patch.shape[1]
    patch = cv2.resize(
        patch, (x.size, y.size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    image = onto.image.copy()
    under = image[y.at : y.at + y.size, x.at : x.at + x.size]
    weight = _ellipse(placed, x, y)[..., None]
    under[:] = np.rint(under + weight * (patch.astype(np.float32) - under)).astype(np.uint8)
    only = np.array([chosen])
    return together(image, [onto, other.changed(image, placed[None].astype(np.float32), only)])


def _choose(picture: BoxedPicture, rng: np.random.Generator) -> int | None:
    """The row of an object that counts and stands alone, of a class that was drawn first."""
    shared = _shares(picture.boxes.astype(np.float64), picture.boxes.astype(np.float64))
    np.fill_diagonal(shared, 0)
    rows = np.flatnonzero(~picture.ignore & (shared <= _HIDDEN).all(axis=1))
    if not len(rows):
        return None
    label = rng.choice(np.unique(picture.labels[rows]))
    return int(rng.choice(rows[picture.labels[rows] == label]))


def _patch(low: float, high: float, length: int, scale: float) -> Span:
    """The whole pixels of a picture's `length` that hold a box's fading ellipse; at 0."""
    reach = (_GONE - 1) * (high - low) / 2
    start = max(0, math.floor(low - reach))
    shown = min(length, math.ceil(high + reach)) - start
    return Span(start, shown, 0, max(1, round(shown * scale)))


def _shares(
    boxes: Float64[np.ndarray, "n 4"], others: Float64[np.ndarray, "m 4"]
) -> Float64[np.ndarray, "n m"]:
    """What two boxes share, as a share of the smaller one."""
    shared = intersection(boxes[:, None], others)
    return shared / np.minimum(area(boxes)[:, None], area(others))


def _ellipse(box: Float64[np.ndarray, " 4"], x: Span, y: Span) -> Float32[np.ndarray, "h w"]:
    """How much of the patch shows at each of its pixels, 0..1."""
    left, top, right, bottom = box
    # At the middles of the pixels.
    across = (x.at + np.arange(x.size) + 0.5 - (left + right) / 2) / ((right - left) / 2)
    down = (y.at + np.arange(y.size) + 0.5 - (top + bottom) / 2) / ((bottom - top) / 2)
    radius = np.hypot(across[None], down[:, None])
    return ((_GONE - radius) / (_GONE - _WHOLE)).clip(0, 1).astype(np.float32)
