"""Which candidate answers for which target."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops


@dataclass(frozen=True)
class Assignment:
    """What each of the K candidates of each of B images is to say.

    Attributes:
        positive: (B, K) float32, 1 where the candidate answers for a target, else 0.
        boxes: (B, K, 4) float32, its target's box, normalised xyxy; zeros where not positive.
        labels: (B, K) int32, its target's label; 0 where not positive.
        quality: (B, K) float32, 0..1: what the candidate's objectness is to say, and how much its
            box and class weigh among those of the others; None for 1 where positive, else 0.
        counted: (B, K) float32, 1 where the candidate's objectness counts, 0 where it may say what
            it likes; None where all count.
    """

    positive: Any
    boxes: Any
    labels: Any
    quality: Any = None
    counted: Any = None


def assign_first(boxes: Any, labels: Any) -> Assignment:
    """The assigner of a head with one candidate: it answers for the first target, if any.

    Args:
        boxes: (B, M, 4) normalised xyxy targets.
        labels: (B, M) int32, -1 where padded.

    Returns:
        The assignment for K = 1.
    """
    labels = labels[:, :1]
    positive = ops.cast(labels >= 0, "float32")
    return Assignment(positive, boxes[:, :1] * positive[..., None], ops.maximum(labels, 0))


def assign_center(boxes: Any, labels: Any, points: Any, radius: Any) -> Assignment:
    """Centre sampling: the candidates near a target's centre answer for it.

    Tian et al. 2019, "FCOS", with the smaller target winning where two claim a point. The point
    nearest to the centre always answers, also where the radius reaches none.

    Args:
        boxes: (B, M, 4) normalised xyxy targets.
        labels: (B, M) int32, -1 where padded.
        points: (K, 2) normalised x, y that the candidates stand on.
        radius: how far from the centre a point may lie, 0..1: along x and along y, (2,), or both.

    Returns:
        The assignment for the K candidates.
    """
    across, down = offsets_from_centers(boxes, points)
    reach_x, reach_y = np.broadcast_to(radius, 2)
    near = ops.logical_and(ops.abs(across) <= reach_x, ops.abs(down) <= reach_y)
    nearest = nearest_points(across, down)
    real = (labels >= 0)[..., None]  # (B, M, 1)
    claims = ops.logical_and(ops.logical_or(near, nearest), real)  # (B, M, K)
    sides = boxes[..., 2:] - boxes[..., :2]
    areas = (sides[..., 0] * sides[..., 1])[..., None]  # (B, M, 1)
    target = ops.argmin(ops.where(claims, areas, 2.0), axis=1)  # (B, K); no area is above 1
    positive = ops.cast(ops.any(claims, axis=1), "float32")  # (B, K)
    matched_boxes = ops.take_along_axis(boxes, target[..., None], axis=1)  # (B, K, 4)
    matched_labels = ops.take_along_axis(labels, target, axis=1)  # (B, K)
    return Assignment(
        positive,
        matched_boxes * positive[..., None],
        ops.where(positive > 0, matched_labels, 0),
    )


def offsets_from_centers(boxes: Any, points: Any) -> tuple[Any, Any]:
    """How far points (K, 2) lie to the right of and below the centres of boxes (B, M, 4).

    Two arrays (B, M, K), for a reduction over pairs of numbers takes many times as long as what it
    is for.
    """
    x1, y1, x2, y2 = (boxes[..., side, None] for side in range(4))  # (B, M, 1)
    return points[:, 0] - (x1 + x2) / 2, points[:, 1] - (y1 + y2) / 2


def nearest_points(across: Any, down: Any) -> Any:
    """For each box the point, of several the points, with the smallest offsets: (B, M, K) bool."""
    distances = ops.square(across) + ops.square(down)
    return ops.equal(distances, ops.min(distances, axis=-1, keepdims=True))
