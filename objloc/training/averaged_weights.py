"""Puts the optimizer's moving average of the weights into the model, and takes it out."""

import keras
import numpy as np
from keras import ops


class AveragedWeights:
    """The exponential moving average (EMA) that a Keras optimizer keeps with `use_ema=True`.

    Keras' own `SwapEMAWeights` swaps by adding and subtracting, which rounds: the weights that
    come back differ in their last bits. Here the raw weights are kept aside and put back as they
    were, so that a resumed run stays equal to one that was never interrupted.

    Without EMA every method does nothing.

    Args:
        model: a compiled model whose optimizer is built.
    """

    def __init__(self, model: keras.Model) -> None:
        optimizer = model.optimizer
        self.active = bool(getattr(optimizer, "use_ema", False))
        self._weights: list[keras.Variable] = []
        self._averages: list[keras.Variable] = []
        if self.active:
            # Keras has no public name for the averages; they are also in `optimizer.variables`.
            pairs = zip(
                model.trainable_variables, optimizer._model_variables_moving_average, strict=True
            )
            kept = [(weight, average) for weight, average in pairs if average is not None]
            self._weights = [weight for weight, _ in kept]
            self._averages = [average for _, average in kept]
            if int(optimizer.iterations) == 0:
                # Keras starts the averages at zero and fills them in the first step; evaluating
                # before it should see the weights.
                for weight, average in kept:
                    average.assign(weight)
        self._raw: list[np.ndarray] | None = None

    def put_in(self) -> None:
        """Give the model the averaged weights; the raw ones are kept aside."""
        if self.active and self._raw is None:
            self._raw = [np.copy(ops.convert_to_numpy(weight)) for weight in self._weights]
            for weight, average in zip(self._weights, self._averages, strict=True):
                weight.assign(average)

    def take_out(self) -> None:
        """Give the model its raw weights back, bit for bit."""
        if self._raw is not None:
            for weight, raw in zip(self._weights, self._raw, strict=True):
                weight.assign(raw)
            self._raw = None
