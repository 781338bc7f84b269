"""How sure a number is: confidence intervals from resampled images."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A number and where it would lie in 95 % of the cases, had other images been drawn.

    Attributes:
        value: measured on the images as they are; NaN where there is nothing to measure.
        low: 2.5 % quantile over the resamples.
        high: 97.5 % quantile.
    """

    value: float
    low: float
    high: float
