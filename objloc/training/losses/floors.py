"""The irreducible floor of a loss: what the best of all predictions would still cost."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops

from objloc import boxes as geometry
from objloc.models.heads import Head
from objloc.training.losses.box_losses import BOX_LOSSES
from objloc.training.losses.localization_loss import LocalizationLoss

_TINY = 1e-30
"""Stands in for 0 in a logarithm that is multiplied by 0."""


def loss_floors(
    loss: LocalizationLoss, head: Head, targets: Mapping[str, Any], outputs: Mapping[str, Any]
) -> dict[str, Any]:
    """The least that each part of the loss can be for these targets.

    A cross-entropy whose target is a share and not a bit costs the target's entropy at best (Cover
    and Thomas 2006, "Elements of Information Theory", section 2.3: cross-entropy is entropy plus a
    divergence that is 0 for the truth alone). So it is with coordinates under ``bce``, whose floor
    is .5 nat on average where they are spread evenly over 0..1; with smoothed labels; with graded
    objectness; and with a side's distribution over bins. What a loss is above its floor, the
    excess, is what is left to learn.

    Who answers for a target, and how well, may depend on the outputs (the ``yolo`` head): the floor
    is that of the assignment as it is now, and moves with it. No prediction is below it; that the
    head can say what would reach it is not promised: a grid's cell outside of a small box has no
    distance to put its near side where it is.

    Args:
        loss: whose floor it is.
        head: says who answers for a target.
        targets: as the loss is called with them.
        outputs: likewise.

    Returns:
        By the names that the loss gives them, ``loss`` included; each is a scalar.
    """
    assignment = head.assign(outputs, targets["boxes"], targets["labels"])
    quality = assignment.positive if assignment.quality is None else assignment.quality
    total_quality = ops.sum(quality)
    counted = 1.0 if assignment.counted is None else assignment.counted
    empty = ops.sum(ops.cast(ops.all(targets["labels"] < 0, axis=-1), "float32"))

    def mean(values: Any) -> Any:
        return ops.sum(values * quality) / ops.maximum(total_quality, 1)

    # Of every box loss the truth itself is the best answer; rounding must not bring it below 0.
    box = ops.maximum(BOX_LOSSES[loss.box](assignment.boxes, assignment.boxes), 0)
    classes = outputs["class_logits"].shape[-1]
    objectness = ops.sum(_objectness(loss, quality) * counted)
    floors = {
        "box": mean(box),
        "class": mean(_smoothed_entropy(loss.label_smoothing, classes)),
        "objectness": objectness / ops.maximum(total_quality + empty, 1),
    }
    own = {}
    weights = {name: weight for name, weight in head.auxiliary_weights.items() if weight}
    if weights:
        values = head.auxiliary_floors(outputs, assignment)
        own = {name: mean(weights[name] * values[name]) for name in weights}
    total = sum(loss.weights[part] * value for part, value in floors.items()) + sum(own.values())
    return {"loss": total} | {f"loss_{name}": value for name, value in (floors | own).items()}


def _smoothed_entropy(smoothing: float, classes: int) -> float:
    """The entropy of a label of which a share is spread over all classes."""
    others = smoothing / classes
    shares = np.array([1 - smoothing + others, *[others] * (classes - 1)])
    return float(-np.sum(shares * np.log(np.maximum(shares, _TINY))))


def _objectness(loss: LocalizationLoss, quality: Any) -> Any:
    """The floor (B, K) of what each candidate's objectness costs, at its quality (B, K)."""
    entropy = -quality * ops.log(ops.maximum(quality, _TINY)) - (1 - quality) * ops.log(
        ops.maximum(1 - quality, _TINY)
    )
    if loss.objectness == "bce":
        return entropy
    # The quality focal loss's factor is 0 for the right answer, but for what keeps its gradient.
    alpha = quality * loss.focal_alpha + (1 - quality) * (1 - loss.focal_alpha)
    return alpha * geometry.EPSILON**loss.focal_gamma * entropy
