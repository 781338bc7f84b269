"""Puts the optimizer's moving average of the weights into the model, and takes it out."""

import keras
import numpy as np
from keras import ops

from objloc.errors import TrainingError
from objloc.training.averaging import Averages, Averaging

_STATISTICS = ("moving_mean", "moving_variance")
"""How Keras calls the running statistics of a batch normalisation."""


class AveragedWeights:
    """The exponential moving average (EMA) that an optimizer keeps (`Averaging`).

    The statistics of batch normalisation are averaged too, with the same momentum: those of the
    raw weights say how the raw network's features are spread, not the averaged one's.

    Keras' own `SwapEMAWeights` swaps by adding and subtracting, which rounds: the weights that
    come back differ in their last bits. Here the raw weights are kept aside and put back as they
    were, so that a resumed run stays equal to one that was never interrupted.

    Without EMA every method does nothing.

    Args:
        model: a compiled model whose optimizer is built for all weights that will be trained.

    Raises:
        TrainingError: the optimizer has Keras' `use_ema` set.
    """

    def __init__(self, model: keras.Model) -> None:
        optimizer = model.optimizer
        if getattr(optimizer, "use_ema", False):
            raise TrainingError(
                "optimizer: averages by Keras' use_ema are not evaluated; use an optimizer of "
                "objloc.training.optimizers with ema instead"
            )
        self._averaged = Averages()
        if isinstance(optimizer, Averaging) and optimizer.ema is not None:
            known = {id(source) for source in optimizer.averaged.sources}
            statistics = [
                variable
                for variable in model.non_trainable_variables
                if variable.name in _STATISTICS and id(variable) not in known
            ]
            # Only TensorFlow shows an optimizer what the forward pass did to other variables.
            if keras.backend.backend() == "tensorflow":
                optimizer.average_too(statistics)
            self._averaged = optimizer.averaged
            if int(ops.convert_to_numpy(optimizer.iterations)) == 0:
                # The averages start at zero; evaluating before the first step should see the
                # weights, and what is frozen is not averaged.
                for source, average in self._pairs():
                    average.assign(source)
        self._raw: list[np.ndarray] | None = None

    @property
    def active(self) -> bool:
        """Is there anything to put in?"""
        return bool(self._averaged.sources)

    def put_in(self) -> None:
        """Give the model the averaged weights; the raw ones are kept aside."""
        if self.active and self._raw is None:
            sources = self._averaged.sources
            self._raw = [np.copy(ops.convert_to_numpy(source)) for source in sources]
            for source, average in self._pairs():
                source.assign(average)

    def take_out(self) -> None:
        """Give the model its raw weights back, bit for bit."""
        if self._raw is not None:
            for source, raw in zip(self._averaged.sources, self._raw, strict=True):
                source.assign(raw)
            self._raw = None

    def _pairs(self) -> list[tuple[keras.Variable, keras.Variable]]:
        return list(zip(self._averaged.sources, self._averaged.averages, strict=True))
