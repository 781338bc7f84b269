"""What a predictor asks: a model, whatever runs it."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np

from objloc.model_card import ModelCard


@runtime_checkable
class Engine(Protocol):
    """Answers for batches of pictures that have the model's size.

    Keras runs the model that was trained (`objloc.models.KerasEngine`); other runtimes run what
    was exported of it.
    """

    @property
    def card(self) -> ModelCard:
        """How the model wants its pictures and what its answers mean; it may change in training."""

    def __call__(self, images: np.ndarray) -> Mapping[str, Any]:
        """Looks at images uint8 (B, S, S, 3), RGB.

        Returns:
            `boxes` (B, D, 4) normalised xyxy, `labels` (B, D), -1 where padded, `scores` (B, D);
            where the card's decoding is not in the graph, what `objloc.decoding.decode` takes.
        """
