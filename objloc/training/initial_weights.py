"""Begins a training with what another model has learned: pre-training and fine-tuning."""

from dataclasses import dataclass

import keras
import numpy as np

from objloc.errors import TrainingError
from objloc.models import Localizer

_CLASS_LAYER = "/classes/"
"""In the path of the weights that tell classes apart: every head names that layer so."""


@dataclass(frozen=True)
class Transfer:
    """What `transfer_weights` did.

    Attributes:
        copied: how many weights (arrays, not numbers) were taken over.
        fresh: paths of those that keep their random start.
    """

    copied: int
    fresh: tuple[str, ...]

    def __str__(self) -> str:
        """One line for people."""
        text = f"{self.copied} weights taken over"
        return f"{text}, fresh: {', '.join(self.fresh)}" if self.fresh else text


def transfer_weights(source: Localizer, target: Localizer) -> Transfer:
    """Copies the weights of backbone and head from one model into another.

    Each of the two is taken over where both models have it laid out alike, whatever the size of
    the pictures. In the head, what depends on the classes starts afresh unless they are the same.

    Args:
        source: a trained model.
        target: a freshly built one; changed in place.

    Raises:
        TrainingError: neither backbone nor head is laid out alike.
    """
    same_classes = source.class_names == target.class_names
    copied, fresh = 0, []
    for mine, other in (
        (target.backbone.weights, source.backbone.weights),
        (target.head.weights, source.head.weights),
    ):
        # By order, not by path: Keras numbers layers through all models that a process builds.
        alike = [_kind(weight) for weight in mine] == [_kind(weight) for weight in other]
        for weight, match in zip(mine, other if alike else [None] * len(mine), strict=True):
            means_the_same = same_classes or _CLASS_LAYER not in weight.path
            if match is not None and match.shape == weight.shape and means_the_same:
                weight.assign(np.asarray(match))
                copied += 1
            else:
                fresh.append(weight.path)
    if not copied:
        raise TrainingError(
            "no weight of the model to begin with fits: it has another backbone and another head; "
            "choose the same ones, or leave trainer.initial_weights out"
        )
    return Transfer(copied, tuple(fresh))


def _kind(weight: keras.Variable) -> tuple[str, int]:
    """What a weight is, whatever the number of classes: kernel, gamma, …, and its rank."""
    return weight.name, len(weight.shape)
