"""Which anchors answer for which target, and which of the others are worth learning from."""

from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops

from objloc import boxes as geometry
from objloc.models.assignment import Assignment


def assign_iou(
    boxes: Any, labels: Any, anchors: Any, positive_iou: float, negative_iou: float
) -> Assignment:
    """Anchors answer for the target that they overlap most, if they overlap it well.

    Liu et al. 2016, "SSD", section 2.2 ("Matching strategy"): an anchor with an IoU of
    ``positive_iou`` or more with some target answers for the one with the largest IoU, and each
    target has its best anchor whatever the IoU. The smallest target chooses first; one whose best
    anchor has been chosen takes the best that is left, so that every target is answered for while
    there are anchors that touch it. Objectness does not count where the largest IoU of an anchor
    that answers for nothing lies from ``negative_iou`` up (Ren et al. 2015, "Faster R-CNN", section
    3.1.2).

    One target after the other is held against all anchors, so that nothing larger than (B, K) is
    kept.

    Args:
        boxes: (B, M, 4) normalised xyxy targets.
        labels: (B, M) int32, -1 where padded.
        anchors: (K, 4) normalised xyxy.
        positive_iou: from here on an anchor answers.
        negative_iou: below, an anchor is to say that there is nothing.

    Returns:
        The assignment for the K candidates.
    """
    real = labels >= 0  # (B, M)
    order = ops.argsort(ops.where(real, geometry.area(boxes, xp=ops), np.inf), axis=-1)
    boxes = ops.take_along_axis(boxes, order[..., None], axis=1)
    labels = ops.take_along_axis(labels, order, axis=1)
    real = labels >= 0
    index = ops.arange(anchors.shape[0])[None]  # (1, K)

    def hold(m: Any, state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        iou, target, chosen = state
        overlap = geometry.iou(ops.take(boxes, m, axis=1)[:, None], anchors[None], xp=ops)
        overlap = ops.where(ops.take(real, m, axis=1)[:, None], overlap, 0.0)  # (B, K)
        left = ops.where(chosen >= 0, -1.0, overlap)
        best = ops.argmax(left, axis=-1)[:, None]
        chooses = ops.logical_and(ops.cast(best, "int32") == index, left > 0)
        m = ops.cast(m, "int32")
        return (
            ops.maximum(iou, overlap),
            ops.where(overlap > iou, m, target),
            ops.where(chooses, m, chosen),
        )

    nothing = ops.zeros((ops.shape(labels)[0], anchors.shape[0]), "int32")  # (B, K)
    # The real targets come first, so that padding costs nothing.
    targets = ops.max(ops.sum(ops.cast(real, "int32"), axis=-1))
    iou, target, chosen = ops.fori_loop(
        0, targets, hold, (ops.cast(nothing, "float32"), nothing, nothing - 1)
    )
    target = ops.where(chosen >= 0, chosen, target)
    answers = ops.logical_or(chosen >= 0, iou >= positive_iou)
    counted = ops.logical_or(answers, iou < negative_iou)
    positive = ops.cast(answers, "float32")
    return Assignment(
        positive=positive,
        boxes=ops.take_along_axis(boxes, target[..., None], axis=1) * positive[..., None],
        labels=ops.where(answers, ops.take_along_axis(labels, target, axis=1), 0),
        counted=ops.cast(counted, "float32"),
    )


def mine_negatives(assignment: Assignment, objectness: Any, per_positive: float) -> Assignment:
    """Of the anchors that answer for nothing, only those surest of an object count.

    Liu et al. 2016, "SSD", section 2.2 ("Hard negative mining"). They are looked for in the whole
    batch, so that an image without objects, too, is learned from where it raises false alarms:
    ``per_positive`` for each anchor that answers, but for no fewer than one an image.

    Args:
        assignment: of K candidates of B images; those that don't count stay so.
        objectness: (B, K) logits; nothing is learned through the choice.
        per_positive: how many negatives count for each positive.

    Returns:
        The assignment with fewer candidates that count.
    """
    negative = assignment.counted * (1 - assignment.positive)
    images = ops.cast(ops.shape(negative)[0], "float32")
    wanted = ops.floor(per_positive * ops.maximum(ops.sum(assignment.positive), images))
    negative = ops.reshape(negative, (-1,)) > 0
    hardness = ops.where(negative, ops.reshape(ops.stop_gradient(objectness), (-1,)), -np.inf)
    wanted = ops.cast(ops.minimum(wanted, ops.sum(ops.cast(negative, "float32"))), "int32")
    limit = ops.take(-ops.sort(-hardness), ops.maximum(wanted - 1, 0))
    harder = hardness > limit
    # Flat pictures have many of the very same objectness: the first of them.
    same = ops.cast(ops.logical_and(hardness == limit, negative), "int32")
    places = wanted - ops.sum(ops.cast(harder, "int32"))
    chosen = ops.logical_or(harder, ops.logical_and(same > 0, ops.cumsum(same) <= places))
    mined = ops.reshape(ops.cast(chosen, "float32"), ops.shape(assignment.positive))
    return replace(assignment, counted=assignment.positive + mined)
