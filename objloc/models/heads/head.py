"""What every head is: features in, candidates out, and who answers for which target."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from objloc.models.assignment import Assignment
from objloc.models.cells import CellLevel


class Head(keras.layers.Layer, ABC):
    """Base class. A head is called with a dict of feature maps by stride (``{"8": …}``).

    It puts out a dict with at least ``boxes`` (B, K, 4) normalised xyxy, ``class_logits``
    (B, K, C) and ``objectness`` (B, K) logits, all float32 whatever the compute dtype. A head may
    add tensors that its own ``auxiliary_losses`` read.

    Args:
        num_classes: C.
    """

    boxes_in_unit_square = False
    """Whether every coordinate comes from a sigmoid, so that cross-entropy on it has a meaning."""

    def __init__(self, num_classes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.num_classes = num_classes

    @property
    def assigns_across_images(self) -> bool:
        """Whether ``assign`` compares the images of a batch, and so needs all of them at once."""
        return False

    @property
    def place_maps(self) -> dict[str, tuple[str, ...]]:
        """Layers whose channels are each a distribution over the places of the picture.

        The layer's attribute to its channels' names, before the softmax; most heads have none.
        """
        return {}

    @property
    def cell_levels(self) -> tuple[CellLevel, ...]:
        """The grids that the K candidates stand on, one after the other, once the head is built.

        Empty where candidates have no place of their own, but answer for the whole picture.
        """
        return ()

    @property
    def auxiliary_weights(self) -> dict[str, float]:
        """Weights of the head's own loss terms, by name; what weighs 0 is left out."""
        return {}

    def adapt(self, boxes: Callable[[], np.ndarray]) -> None:
        """Looks at the objects to be learned, before the weights are made; most heads need not.

        Args:
            boxes: gives a sample of the training split's boxes, (N, 4) float32 normalised xyxy of
                the resized pictures; N may be 0. Called only by heads that want them.
        """

    @abstractmethod
    def assign(self, outputs: Mapping[str, Any], boxes: Any, labels: Any) -> Assignment:
        """Which candidates answer for the targets ``boxes`` (B, M, 4), ``labels`` (B, M)."""

    def auxiliary_losses(
        self, outputs: Mapping[str, Any], assignment: Assignment
    ) -> dict[str, Any]:
        """The head's own loss terms: name to a value per candidate (B, K), not yet weighted.

        They count where the assignment is positive. Asked only where ``auxiliary_weights`` has one.
        """
        return {}

    def auxiliary_floors(
        self, outputs: Mapping[str, Any], assignment: Assignment
    ) -> dict[str, Any]:
        """The least that each of ``auxiliary_losses`` can be, per candidate (B, K).

        0, unless a head knows better: a cross-entropy with shares has their entropy as its floor.
        """
        return {name: ops.zeros_like(assignment.positive) for name in self.auxiliary_weights}

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "num_classes": self.num_classes}
