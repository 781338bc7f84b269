"""Task-aligned assignment: those candidates answer for a target that answer best already."""

from collections.abc import Mapping
from typing import Any

from keras import ops

from objloc import boxes as geometry
from objloc.models.assignment import Assignment, nearest_points, offsets_from_centers

TINY = 1e-20
"""Stands in for a divisor that is zero: far less than an alignment of any use."""


def assign_aligned(
    outputs: Mapping[str, Any],
    boxes: Any,
    labels: Any,
    points: Any,
    *,
    top_candidates: int,
    score_power: float,
    overlap_power: float,
) -> Assignment:
    """Feng et al. 2021, "TOOD: Task-aligned One-stage Object Detection", section 3.2.

    A candidate's alignment with a target is score^alpha · IoU^beta, the score being that of the
    target's class. Of the candidates whose point lies inside the target's box, and the one whose
    point is nearest to its centre, the best aligned answer; one that several targets want answers
    for the one it overlaps most. Its quality is its alignment over the best alignment with the
    target, times the best overlap with it (the paper's "normalized t").

    Args:
        outputs: ``boxes`` (B, K, 4), ``class_logits`` (B, K, C), ``objectness`` (B, K).
        boxes: (B, M, 4) normalised xyxy targets.
        labels: (B, M) int32, -1 where padded.
        points: (K, 2) normalised x, y that the candidates stand on.
        top_candidates: how many answer for a target at most; more where alignments are equal.
        score_power: alpha.
        overlap_power: beta.

    Returns:
        The assignment for the K candidates, with qualities; nothing of it has a gradient.
    """
    predicted = {name: ops.stop_gradient(outputs[name]) for name in outputs}
    classes = predicted["class_logits"].shape[-1]
    # Keras warns of a softmax over one class, but not of its logarithm.
    probabilities = ops.exp(ops.log_softmax(predicted["class_logits"], axis=-1))
    scores = probabilities * ops.sigmoid(predicted["objectness"])[..., None]  # (B, K, C)
    named = ops.one_hot(labels, classes)  # (B, M, C); all zeros where padded
    score = ops.matmul(named, ops.transpose(scores, (0, 2, 1)))  # (B, M, K)
    overlap = geometry.iou_matrix(boxes, predicted["boxes"], xp=ops)  # (B, M, K)
    alignment = score**score_power * overlap**overlap_power

    eligible = _eligible(boxes, labels, points)  # (B, M, K)
    alignment = ops.where(eligible, alignment, -1.0)
    count = min(top_candidates, len(points))
    lowest = ops.top_k(alignment, count)[0][..., -1:]  # (B, M, 1)
    chosen = ops.logical_and(eligible, alignment >= lowest)
    overlap = ops.where(chosen, overlap, -1.0)

    target = ops.argmax(overlap, axis=1)  # (B, K)
    positive = ops.any(chosen, axis=1)  # (B, K)
    mine = ops.logical_and(
        ops.equal(ops.arange(boxes.shape[1])[:, None], ops.cast(target, "int32")[:, None]), chosen
    )  # (B, M, K): after the conflicts
    best_alignment = ops.max(ops.where(mine, alignment, 0.0), axis=-1, keepdims=True)
    best_overlap = ops.max(ops.where(mine, overlap, 0.0), axis=-1, keepdims=True)
    graded = alignment / ops.maximum(best_alignment, TINY) * best_overlap
    quality = ops.max(ops.where(mine, graded, 0.0), axis=1)  # (B, K)
    mask = ops.cast(positive, "float32")
    matched_boxes = ops.take_along_axis(boxes, target[..., None], axis=1)
    matched_labels = ops.take_along_axis(labels, target, axis=1)
    return Assignment(
        positive=mask,
        boxes=matched_boxes * mask[..., None],
        labels=ops.where(positive, matched_labels, 0),
        quality=quality,
    )


def _eligible(boxes: Any, labels: Any, points: Any) -> Any:
    """Which candidates may answer for a target (B, M, K): those inside, and that in its middle."""
    x1, y1, x2, y2 = (boxes[..., side, None] for side in range(4))  # (B, M, 1)
    x, y = points[:, 0], points[:, 1]
    inside_x = ops.logical_and(x > x1, x < x2)  # (B, M, K)
    inside_y = ops.logical_and(y > y1, y < y2)
    nearest = nearest_points(*offsets_from_centers(boxes, points))
    eligible = ops.logical_or(ops.logical_and(inside_x, inside_y), nearest)
    return ops.logical_and(eligible, (labels >= 0)[..., None])
