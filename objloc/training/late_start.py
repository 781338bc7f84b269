"""An optimizer part for weights that are trained from a later step on."""

from typing import Any

import keras
from keras import ops


class LateStart(keras.optimizers.Adam):
    """Adam whose bias correction counts a late weight's own steps; mixed into Adam or AdamW.

    Adam divides its running means by 1 - βᵗ because they start at zero (Kingma and Ba, 2015,
    section 3). Keras counts t from the first step of the training: means of a weight that was
    frozen until then start at zero with no correction left, and its first ten steps would be up to
    6.5 times as long (β₁ = .9, β₂ = .999).
    """

    late_weights: frozenset[int] = frozenset()
    late_step: int = 0

    def start_late(self, weights: frozenset[int], step: int) -> None:
        """Says which weights are first changed in a later step; called after ``build``.

        Args:
            weights: their indices among the variables that the optimizer was built for.
            step: training steps before their first one.
        """
        self.late_weights, self.late_step = weights, step

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One step of one weight."""
        if self.late_step and self._get_variable_index(variable) in self.late_weights:
            steps = ops.cast(self.iterations, "float32") + 1
            # Exactly what Keras' factor lacks: it is proportional to the learning rate.
            learning_rate = (
                learning_rate * self._correction(steps - self.late_step) / self._correction(steps)
            )
        super().update_step(gradient, variable, learning_rate)

    def _correction(self, steps: Any) -> Any:
        """What Adam multiplies the learning rate with in a weight's own step (from 1)."""
        return ops.sqrt(1 - ops.power(self.beta_2, steps)) / (1 - ops.power(self.beta_1, steps))
