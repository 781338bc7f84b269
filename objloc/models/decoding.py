"""From candidates to detections."""

from collections.abc import Mapping
from typing import Any

from keras import ops

from objloc import boxes as geometry


def scores_and_labels(outputs: Mapping[str, Any]) -> tuple[Any, Any]:
    """Score (B, K), in 0..1, and best label (B, K), int32, of every candidate.

    The score is sigmoid(objectness) × the largest class probability.
    """
    logits = outputs["class_logits"]
    # Keras warns of a softmax over one class.
    probabilities = ops.softmax(logits, axis=-1) if logits.shape[-1] > 1 else ops.ones_like(logits)
    scores = ops.sigmoid(outputs["objectness"]) * ops.max(probabilities, axis=-1)
    return scores, ops.cast(ops.argmax(probabilities, axis=-1), "int32")


def decode(outputs: Mapping[str, Any], vote_iou: float = 0.6) -> dict[str, Any]:
    """The one detection per image that localization asks for: the best candidate.

    Its box is the mean of the boxes of all candidates that agree with it (same label, IoU of at
    least ``vote_iou``), weighted by score: Gidaris and Komodakis 2015, "Object detection via a
    multi-region CNN", section 5 (box voting).

    Args:
        outputs: a localizer's outputs for B images.
        vote_iou: 1 or more switches voting off.

    Returns:
        ``boxes`` (B, 1, 4) normalised xyxy, ``labels`` (B, 1) int32, ``scores`` (B, 1).
    """
    scores, labels = scores_and_labels(outputs)
    best = ops.argmax(scores, axis=-1)[:, None]  # (B, 1)
    best_boxes = ops.take_along_axis(outputs["boxes"], best[..., None], axis=1)  # (B, 1, 4)
    best_labels = ops.take_along_axis(labels, best, axis=1)
    best_scores = ops.take_along_axis(scores, best, axis=1)
    if vote_iou < 1 and outputs["boxes"].shape[1] != 1:
        agree = ops.logical_and(
            geometry.iou(outputs["boxes"], best_boxes, xp=ops) >= vote_iou, labels == best_labels
        )
        votes = ops.where(agree, scores, 0.0)[..., None]  # (B, K, 1)
        total = ops.sum(votes, axis=1, keepdims=True)
        voted = ops.sum(outputs["boxes"] * votes, axis=1, keepdims=True) / ops.maximum(
            total, geometry.EPSILON
        )
        best_boxes = ops.where(total > 0, voted, best_boxes)
    return {"boxes": best_boxes, "labels": best_labels, "scores": best_scores}
