"""Box geometry: pure functions over NumPy arrays or Keras tensors.

Boxes are xyxy: ``x1, y1, x2, y2`` on the last axis, in pixels or divided by width and height
(0..1). Pixel edges are continuous: a box over columns 3 and 4 has ``x1 = 3, x2 = 5``. A box whose
right side lies left of its left side has no area. Functions of two boxes pair them elementwise and
broadcast, unless the name says ``matrix``.

``xp`` is the array namespace: ``numpy`` (the default) or ``keras.ops``; they agree on the names
used here.
"""

import math
from typing import Any

import numpy as np

EPSILON = 1e-7
"""Stands in for a divisor that is zero: far less than a pixel of a picture of area 1."""


def _sides(boxes: Any) -> tuple[Any, Any, Any, Any]:
    """Takes boxes (..., 4) apart into four arrays (...)."""
    return boxes[..., 0], boxes[..., 1], boxes[..., 2], boxes[..., 3]


def xyxy_to_cxcywh(boxes: Any, xp: Any = np) -> Any:
    """Corners to centre and size, (..., 4) to (..., 4), in the same unit."""
    x1, y1, x2, y2 = _sides(boxes)
    return xp.stack([(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1], axis=-1)


def cxcywh_to_xyxy(boxes: Any, xp: Any = np) -> Any:
    """Centre and size to corners, (..., 4) to (..., 4), in the same unit."""
    cx, cy, width, height = _sides(boxes)
    half_width, half_height = width / 2, height / 2
    return xp.stack([cx - half_width, cy - half_height, cx + half_width, cy + half_height], axis=-1)


def area(boxes: Any, xp: Any = np) -> Any:
    """Areas (...) of boxes (..., 4), in the unit squared; 0 for an inverted box."""
    x1, y1, x2, y2 = _sides(boxes)
    return xp.maximum(x2 - x1, 0) * xp.maximum(y2 - y1, 0)


def clip(boxes: Any, width: int | float, height: int | float, xp: Any = np) -> Any:
    """Boxes (..., 4) cut to the rectangle ``0..width`` by ``0..height``."""
    x1, y1, x2, y2 = _sides(boxes)
    return xp.stack(
        [
            xp.clip(x1, 0, width),
            xp.clip(y1, 0, height),
            xp.clip(x2, 0, width),
            xp.clip(y2, 0, height),
        ],
        axis=-1,
    )


def intersection(a: Any, b: Any, xp: Any = np) -> Any:
    """Shared areas (...) of boxes a and b (..., 4); 0 where they do not touch."""
    ax1, ay1, ax2, ay2 = _sides(a)
    bx1, by1, bx2, by2 = _sides(b)
    width = xp.minimum(ax2, bx2) - xp.maximum(ax1, bx1)
    height = xp.minimum(ay2, by2) - xp.maximum(ay1, by1)
    return xp.maximum(width, 0) * xp.maximum(height, 0)


def iou(a: Any, b: Any, xp: Any = np) -> Any:
    """Intersection over union (...), in 0..1, of boxes a and b (..., 4).

    Two boxes without area have an IoU of 0, also with themselves.
    """
    shared = intersection(a, b, xp)
    union = area(a, xp) + area(b, xp) - shared
    return shared / xp.maximum(union, EPSILON)


def iou_matrix(a: Any, b: Any, xp: Any = np) -> Any:
    """IoU (..., N, M) of every box in a (..., N, 4) with every box in b (..., M, 4)."""
    return iou(a[..., :, None, :], b[..., None, :, :], xp)


def _enclosing_size(a: Any, b: Any, xp: Any) -> tuple[Any, Any]:
    """Width and height (...) of the smallest box around both a and b."""
    ax1, ay1, ax2, ay2 = _sides(a)
    bx1, by1, bx2, by2 = _sides(b)
    width = xp.maximum(ax2, bx2) - xp.minimum(ax1, bx1)
    height = xp.maximum(ay2, by2) - xp.minimum(ay1, by1)
    return width, height


def giou(a: Any, b: Any, xp: Any = np) -> Any:
    """Generalised IoU (...), in -1..1: Rezatofighi et al. 2019, "Generalized Intersection over
    Union", algorithm 1. Below IoU by the share of the enclosing box that neither box covers.
    """
    shared = intersection(a, b, xp)
    union = area(a, xp) + area(b, xp) - shared
    width, height = _enclosing_size(a, b, xp)
    enclosing = xp.maximum(width * height, EPSILON)
    return shared / xp.maximum(union, EPSILON) - (enclosing - union) / enclosing


def ciou(a: Any, b: Any, xp: Any = np) -> Any:
    """Complete IoU (...): Zheng et al. 2020, "Distance-IoU Loss", equations 8 to 11.

    ``b`` is the truth. IoU less the squared distance of the centres over the squared diagonal of
    the enclosing box, less a term for the aspect ratio. The weight of that term counts as a
    constant when differentiated (the paper's section 3.3); in keras.ops by ``stop_gradient``.
    """
    overlap = iou(a, b, xp)
    width, height = _enclosing_size(a, b, xp)
    diagonal = xp.maximum(width**2 + height**2, EPSILON)
    a_cxcywh, b_cxcywh = xyxy_to_cxcywh(a, xp), xyxy_to_cxcywh(b, xp)
    distance = xp.sum((a_cxcywh[..., :2] - b_cxcywh[..., :2]) ** 2, axis=-1)
    a_angle = xp.arctan2(a_cxcywh[..., 2], xp.maximum(a_cxcywh[..., 3], EPSILON))
    b_angle = xp.arctan2(b_cxcywh[..., 2], xp.maximum(b_cxcywh[..., 3], EPSILON))
    aspect = (4 / math.pi**2) * (b_angle - a_angle) ** 2
    weight = aspect / xp.maximum(1 - overlap + aspect, EPSILON)
    if xp is not np:
        weight = xp.stop_gradient(weight)
    return overlap - distance / diagonal - weight * aspect
