"""What is to be explained: one answer of a model about one picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float32, UInt8

from objloc import boxes as geometry
from objloc.decoding import scores_and_labels

Quantity = Literal["class", "objectness", "left", "top", "right", "bottom"]
"""One number of an answer: its class's logit, its objectness's logit, or one side of its box."""

QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
SIDES: tuple[Quantity, ...] = ("left", "top", "right", "bottom")
"""In the order of a box's coordinates."""


@dataclass(frozen=True)
class Subject:
    """A picture, and the candidate in it whose numbers are to be explained.

    Attributes:
        image: RGB, as the model is fed it.
        candidate: its place among the model's K candidates; -1 where only its detections are
            known, as of an exported model.
        box: xyxy in pixels of `image`, as the candidate says; it may reach out of the picture.
        label: index into the class names.
        score: in 0..1.
    """

    image: UInt8[np.ndarray, "s s 3"]
    candidate: int
    box: Float32[np.ndarray, "4"]
    label: int
    score: float


def best_subject(
    image: UInt8[np.ndarray, "s s 3"],
    outputs: Mapping[str, Any],
    near: Float32[np.ndarray, "4"] | None = None,
) -> Subject:
    """The candidate that says most about a picture, or about one place in it.

    Args:
        image: RGB, as the model is fed it.
        outputs: what the localizer puts out for this one picture: `boxes` (1, K, 4) normalised
            xyxy, `class_logits` (1, K, C), `objectness` (1, K).
        near: a box, xyxy in pixels of `image`, of a detection or of an object: the candidate with
            the largest score × IoU with it is taken. Where none touches it, or for None, the one
            with the largest score. Candidates that are no numbers are taken last.
    """
    side = image.shape[0]
    arrays = {name: np.asarray(outputs[name]) for name in ("boxes", "class_logits", "objectness")}
    scores, labels = scores_and_labels(arrays)  # (1, K)
    boxes = (arrays["boxes"][0] * side).astype(np.float32)  # (K, 4)
    known = np.isfinite(scores[0]) & np.isfinite(boxes).all(axis=1)
    worth = np.where(known, scores[0], -1)
    if near is not None:
        overlap = np.where(known, scores[0] * geometry.iou(boxes, near[None]), 0)
        worth = overlap if overlap.max() > 0 else worth
    candidate = int(np.argmax(worth))
    return Subject(
        image=image,
        candidate=candidate,
        box=boxes[candidate],
        label=int(labels[0, candidate]),
        score=float(scores[0, candidate]),
    )
