"""Keeps the backbone as it is while a new head learns its first steps."""

from collections.abc import Iterator
from typing import Any

import keras

from objloc.training.callbacks.training_callback import TrainingCallback
from objloc.training.fit_context import FitContext
from objloc.training.late_start import LateStart


class FrozenBackbone(TrainingCallback):
    """Freeze the localizer's backbone in the first epochs, then train it with the rest.

    Gradients of a head with random weights would spoil pretrained features. While the backbone is
    frozen, its batch normalisation uses the stored statistics and nothing in it changes: no step,
    no weight decay, no running statistics. The learning rate follows its schedule all along.

    What is frozen depends on the epoch alone, so that a resumed training needs no state. What was
    frozen for good (``backbone.frozen``) stays so.

    Args:
        epochs: epochs at the start in which the backbone is frozen.
    """

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs
        self.frozen = False
        self._trainable: list[tuple[keras.layers.Layer, bool]] = []

    def attach(self, context: FitContext) -> None:
        """Tell the optimizer, which is built for all weights, about the late start of some."""
        backbone, optimizer = self.model.backbone, self.model.optimizer
        self.frozen = False
        self._trainable = [(layer, layer.trainable) for layer in _layers(backbone)]
        if isinstance(optimizer, LateStart):
            late = {id(weight) for weight in backbone.trainable_variables}
            optimizer.start_late(
                frozenset(
                    index
                    for index, weight in enumerate(self.model.trainable_variables)
                    if id(weight) in late
                ),
                self.epochs * context.steps_per_epoch,
            )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Freeze or thaw, where that changes anything."""
        self._set(epoch < self.epochs)

    def close(self) -> None:
        """Leave the backbone as it was found."""
        self._set(False)

    def _set(self, frozen: bool) -> None:
        if frozen == self.frozen:
            return
        self.frozen = frozen
        if frozen:
            self.model.backbone.trainable = False
        else:
            # From the outermost layer inwards, as each takes those within it along.
            for layer, trainable in self._trainable:
                layer.trainable = trainable
        # Keras keeps the compiled step, with the weights that it trains.
        self.model.make_train_function(force=True)


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """A model and its layers, those of models inside it too."""
    yield model
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer
