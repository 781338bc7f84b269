"""Copies of a model that have unlearned some of what it knows."""

from collections.abc import Collection
from typing import Any, Literal

import numpy as np

from objloc.models import Localizer

Part = Literal["head", "late", "early"]
"""The head, and the backbone's layers from its middle on and before it."""


def randomised(localizer: Localizer, parts: Collection[Part], seed: int = 0) -> Localizer:
    """A copy in which the values of each weight tensor are shuffled among themselves.

    So the network keeps the range of its weights, and its signals their strength, while what it
    learned is gone. What normalisation layers have measured stays. The localizer itself is not
    touched.

    Args:
        localizer: the model.
        parts: where weights are shuffled.
        seed: of the shuffling.
    """
    copy = Localizer.from_config(localizer.get_config())
    copy.set_weights(localizer.get_weights())
    rng = np.random.default_rng(seed)
    layers = [layer for layer in copy.backbone.layers if _learned(layer)]
    middle = len(layers) // 2
    of_part: dict[Part, list[Any]] = {
        "head": [copy.head],
        "late": layers[middle:],
        "early": layers[:middle],
    }
    for part, members in of_part.items():
        if part in parts:
            for variable in (one for layer in members for one in _learned(layer)):
                values = np.asarray(variable)
                variable.assign(rng.permutation(values.ravel()).reshape(values.shape))
    return copy


def _learned(layer: Any) -> list[Any]:
    """Its weights without statistics and seeds; also those of a frozen layer."""
    return [
        one
        for one in layer.weights
        if not one.name.startswith("moving_") and "float" in str(one.dtype)
    ]
