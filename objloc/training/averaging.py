"""An optimizer part that keeps an exponential moving average (EMA) of the weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops


@dataclass(frozen=True)
class Averages:
    """Variables of a model with their averages, one for one, in the optimizer's own variables."""

    sources: tuple[keras.Variable, ...] = ()
    averages: tuple[keras.Variable, ...] = ()


class Averaging(keras.optimizers.Optimizer):
    """Keeps averages of what a training changes; mixed into a Keras optimizer.

    After each step t (from 1) an average moves to its variable by 1 - d(t), where
    d(t) = ema · (1 - exp(-t / ramp_steps)), as in YOLOv5: an average of early steps would hold on
    to weights that are hardly better than chance. Without a ramp d is ``ema`` from the second step
    on, as in Keras. Measured on white rectangles after 187 steps (validation mean IoU): the raw
    weights .967; averaged with .998, .195 without a ramp and .973 with one of 75 steps.

    Unlike Keras' ``use_ema``, what a step leaves alone (a frozen part) is left alone here too, and
    the statistics of batch normalisation are averaged with the weights that they belong to.

    Args:
        *arguments: the optimizer's.
        ema: momentum of the averages; None keeps none.
        ramp_steps: length of the ramp in steps; 0 for none.
        **options: the optimizer's.

    Attributes:
        averaged: what is averaged; empty before ``build``.
    """

    def __init__(
        self, *arguments: Any, ema: float | None = None, ramp_steps: float = 0.0, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.ema = ema
        self.ramp_steps = ramp_steps
        self.averaged = Averages()

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Makes the optimizer's variables for all weights that it will ever train."""
        if not self.built:
            super().build(variables)
            self._add_averages(variables)

    def average_too(self, statistics: Sequence[keras.Variable]) -> None:
        """Also averages what the optimizer does not change; called once, after ``build``."""
        self._add_averages(statistics)

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Changes ``trainable_variables`` and moves the averages."""
        super().apply(grads, trainable_variables)
        if self.ema is None:
            return
        step = ops.cast(self.iterations, "float32")
        if self.ramp_steps:
            momentum = self.ema * (1 - ops.exp(-step / self.ramp_steps))
        else:
            momentum = self.ema * ops.cast(step > 1, "float32")
        for source, average in zip(self.averaged.sources, self.averaged.averages, strict=True):
            # Written as a difference: an average that equals its variable stays so, bit for bit.
            share = ops.cast(1 - momentum, average.dtype)
            average.assign_add(share * (ops.convert_to_tensor(source) - average))

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "ema": self.ema, "ramp_steps": self.ramp_steps}

    def _add_averages(self, sources: Sequence[keras.Variable]) -> None:
        if self.ema is not None:
            added = self.add_optimizer_variables(sources, "average")
            old = self.averaged
            # In an object of its own: Keras takes variables in a list for the optimizer's.
            self.averaged = Averages((*old.sources, *sources), (*old.averages, *added))
