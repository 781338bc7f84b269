"""An optimizer part for gradients whose parts lie on several devices."""

from collections.abc import Callable, Sequence
from typing import Any

import keras


class SummedGradients(keras.optimizers.Optimizer):
    """Sums the devices' gradients before anything else is done with them; mixed into an optimizer.

    Keras sums them last, after it has clipped each: no gradient is as long as its parts together,
    and a batch would be clipped otherwise on two devices than on one.

    Attributes:
        sum_over_replicas: gives each tensor's sum over the devices; None where there is one alone.
    """

    sum_over_replicas: Callable[[Sequence[Any]], list[Any]] | None = None

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """Changes ``trainable_variables`` by the sum of all devices' gradients."""
        if self.sum_over_replicas is not None:
            grads = list(grads)
            there = [index for index, grad in enumerate(grads) if grad is not None]
            sums = self.sum_over_replicas([grads[index] for index in there])
            for index, total in zip(there, sums, strict=True):
                grads[index] = total
        super().apply(grads, trainable_variables)

    def _all_reduce_sum_gradients(self, grads_and_vars: Any) -> Any:
        """What Keras sums with, on TensorFlow: it is done already."""
        if self.sum_over_replicas is not None:
            return grads_and_vars
        return super()._all_reduce_sum_gradients(grads_and_vars)
