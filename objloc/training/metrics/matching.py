"""Which detection answers for which object during training: ``objloc.evaluation.matching``, in few
steps of ``keras.ops`` for a batch, without a loop over detections.

Where several claim one object, the others get no second choice: the only difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keras import ops

from objloc import boxes as geometry

FOUND_IOU = 0.5
"""From this IoU on an object counts as found."""


@dataclass(frozen=True)
class Claims:
    """Which object each detection claims, and how well they fit. Padding claims nothing.

    Attributes:
        real: (B, D) bool: no padding, and an object that it touches.
        object: (B, D) int32: the object claimed, 0..M-1: of the detection's class with an IoU of at
            least .5, else of any class with such an IoU, else any; of these the one that it
            overlaps most.
        iou: (B, D) float32 with that object.
        rank: (B, D) float32: 2 where the IoU is at least .5 and the class is the object's, 1 where
            the IoU is, else 0.
    """

    real: Any
    object: Any
    iou: Any
    rank: Any


def claim(targets: Mapping[str, Any], detections: Mapping[str, Any]) -> Claims:
    """What each detection claims.

    Args:
        targets: ``boxes`` (B, M, 4) normalised xyxy, ``labels`` (B, M), -1 where padded.
        detections: ``boxes`` (B, D, 4) normalised xyxy, ``labels`` (B, D), -1 where padded.
    """
    there = (targets["labels"] >= 0)[:, None]  # (B, 1, M)
    overlap = geometry.iou_matrix(detections["boxes"], targets["boxes"], xp=ops)  # (B, D, M)
    fits = overlap >= FOUND_IOU
    named = detections["labels"][..., None] == targets["labels"][:, None]
    rank = ops.cast(fits, "float32") + ops.cast(fits & named, "float32")
    # An IoU is at most 1, so that the rank decides first.
    claimed = ops.argmax(ops.where(there, 2 * rank + overlap, -1.0), axis=2)[..., None]  # (B, D, 1)
    iou = ops.take_along_axis(overlap, claimed, axis=2)[..., 0]
    return Claims(
        real=(detections["labels"] >= 0) & ops.any(there, axis=2) & (iou > 0),
        object=ops.cast(claimed[..., 0], "int32"),
        iou=iou,
        rank=ops.take_along_axis(rank, claimed, axis=2)[..., 0],
    )


def best_claimants(claims: Claims, merit: Any, objects: int) -> tuple[Any, Any]:
    """The detection (B, M) int32 with the highest merit among an object's claimants, and is there
    one, (B, M) bool; of equal merit the first.

    Args:
        claims: of D detections.
        merit: (B, D), above 0; at most 0 for a detection that is out of the question.
        objects: M.
    """
    candidate = claims.real & (merit > 0)
    mine = claims.object[..., None] == ops.arange(objects, dtype="int32")  # (B, D, M)
    merits = ops.where(mine & candidate[..., None], merit[..., None], 0.0)
    return ops.cast(ops.argmax(merits, axis=1), "int32"), ops.any(merits > 0, axis=1)


def answers(
    targets: Mapping[str, Any], detections: Mapping[str, Any], confident: Any
) -> dict[str, Any]:
    """The detection that answers for each object.

    Of those that claim it, one over the score threshold goes before others; then one of its class
    with an IoU of at least .5, then one of any class with such an IoU, by score; of others that
    with the highest IoU.

    Args:
        targets: as for ``claim``.
        detections: as for ``claim``, with ``scores`` (B, D), best first.
        confident: (B, D) bool: does the score reach the threshold?

    Returns:
        ``boxes`` (B, M, 4), ``labels`` (B, M) int32, ``scores``, ``iou``, ``answered`` and
        ``confident`` (B, M) float32; zeros and the label -1 where nothing answers.
    """
    claims = claim(targets, detections)
    found = claims.rank > 0
    # Above 0 also for a score or an IoU of 0; both are at most 1.
    merit = 1 + 8 * ops.cast(confident, "float32") + 2 * claims.rank
    merit += ops.where(found, detections["scores"], claims.iou)
    best, answered = best_claimants(claims, merit, targets["labels"].shape[1])

    def of_object(values: Any, without: float) -> Any:
        return ops.where(answered, ops.take_along_axis(values, best, axis=1), without)

    boxes = ops.take_along_axis(detections["boxes"], best[..., None], axis=1)
    return {
        "boxes": ops.where(answered[..., None], boxes, 0.0),
        "labels": of_object(detections["labels"], -1),
        "scores": of_object(detections["scores"], 0.0),
        "iou": of_object(claims.iou, 0.0),
        "answered": ops.cast(answered, "float32"),
        "confident": of_object(ops.cast(confident, "float32"), 0.0),
    }
