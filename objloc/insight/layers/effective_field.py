"""How much of its receptive field a cell uses: the effective receptive field, measured."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

NEGLIGIBLE = 1 - 0.9545
"""A pixel counts if its gradient is more than this share of the largest: Luo et al. 2016."""


@dataclass(frozen=True)
class EffectiveField:
    """The pixels that a cell really answers to, as its gradients say.

    Luo et al. 2016, "Understanding the Effective Receptive Field in Deep Convolutional Neural
    Networks", section 3: the gradient of a unit falls off towards the border of its theoretical
    receptive field like a Gaussian, whose width grows with the root of the number of layers only.

    Attributes:
        values: (S, S) how strongly the cell answers to each pixel, not negative; of no unit.
    """

    values: Float32[np.ndarray, "s s"]

    @property
    def counted(self) -> Bool[np.ndarray, "s s"]:
        """The pixels that count: more than `NEGLIGIBLE` of the largest value."""
        return self.values > NEGLIGIBLE * self.values.max(initial=0.0)

    @property
    def size(self) -> float:
        """The side in pixels of a square of as many pixels as count (Luo et al. 2016, section 3).

        NaN where the cell answers to no pixel.
        """
        count = int(self.counted.sum())
        return float(np.sqrt(count)) if count else float("nan")
