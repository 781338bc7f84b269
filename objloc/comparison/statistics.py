"""What can be said of numbers measured under a few seeds: intervals, paired tests, corrections."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95
"""Share of the cases in which an interval holds the true mean."""

SIGNIFICANT = 1 - LEVEL
"""The largest p at which a difference counts as shown."""

# Spreads below this share of the numbers themselves are their rounding, not a spread.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class MeanInterval:
    """A mean with its 95 % interval, `mean` ± `half_width`.

    Attributes:
        mean: NaN where there is no number.
        half_width: NaN with fewer than two numbers: one number tells nothing of its spread.
        count: how many numbers there are.
    """

    mean: float
    half_width: float
    count: int


@dataclass(frozen=True)
class PairedTest:
    """Two settings compared over the seeds that they share.

    Attributes:
        seeds: that both have, in order.
        difference: mean of first minus second over those seeds; NaN without any.
        half_width: of the difference's 95 % interval; NaN with fewer than two seeds.
        p: probability of a difference as large as this, or larger, if there were none; NaN with
            fewer than two seeds.
    """

    seeds: tuple[int, ...]
    difference: float
    half_width: float
    p: float


def mean_interval(values: Sequence[float]) -> MeanInterval:
    """The mean and Student's 95 % interval of it, mean ± t · s / √n with n - 1 degrees of freedom.

    NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.5.2. It holds what it promises for
    numbers that scatter normally; over seeds means nearly do.
    """
    count = len(values)
    if count == 0:
        return MeanInterval(math.nan, math.nan, 0)
    array = np.asarray(values, np.float64)
    mean = float(array.mean())
    if count == 1:
        return MeanInterval(mean, math.nan, 1)
    quantile = float(stats.t.ppf((1 + LEVEL) / 2, count - 1))
    return MeanInterval(mean, quantile * _deviation(array) / math.sqrt(count), count)


def paired_test(first: Mapping[int, float], second: Mapping[int, float]) -> PairedTest:
    """Two-sided paired t-test over the shared seeds (same handbook, section 7.3.1).

    With the same seed two settings see the same scenes from similar weights, so what a seed does to
    both is taken out. Seeds that only one has are left out.

    Where every difference is the same to the last digits, the t-test divides by zero. It happens by
    chance where a metric moves in steps (right pictures out of 200), so that a p of 0 would
    promise too much: there the exact test of Fisher's takes its place, which asks how many of the
    2ⁿ ways to swap the two settings under each seed differ as much: p = 2 / 2ⁿ, or 1 where the
    settings do not differ at all (Fisher 1935, "The Design of Experiments", section 21).

    Args:
        first: seed to number.
        second: the same of the other setting.
    """
    seeds = tuple(sorted(set(first) & set(second)))
    ours = np.array([first[seed] for seed in seeds], np.float64)
    others = np.array([second[seed] for seed in seeds], np.float64)
    differences = ours - others
    count = len(seeds)
    interval = mean_interval(differences.tolist())
    if count < 2:
        return PairedTest(seeds, interval.mean, math.nan, math.nan)
    rounding = _ROUNDING * float(np.abs([ours, others]).max())
    if float(np.ptp(differences)) <= rounding:
        p = 1.0 if abs(interval.mean) <= rounding else 2.0 ** (1 - count)
        return PairedTest(seeds, interval.mean, 0.0, p)
    t = interval.mean / (_deviation(differences) / math.sqrt(count))
    p = float(2 * stats.t.sf(abs(t), count - 1))
    return PairedTest(seeds, interval.mean, interval.half_width, p)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values, corrected for being many by Holm's step-down method.

    Those at or below .05 after it are shown differences, and the chance that any of them is a false
    one is at most .05, however the tests hang together (Holm 1979, "A Simple Sequentially Rejective
    Multiple Test Procedure", Scandinavian Journal of Statistics 6). NaN, a test that could not be
    made, stays NaN and does not count.
    """
    made = [index for index, p in enumerate(p_values) if not math.isnan(p)]
    corrected = [math.nan] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(made, key=lambda one: p_values[one])):
        largest = max(largest, min(1.0, (len(made) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def _deviation(values: np.ndarray) -> float:
    """The standard deviation of a sample; exactly 0 where the numbers differ by rounding alone."""
    if float(np.ptp(values)) <= _ROUNDING * float(np.abs(values).max()):
        return 0.0
    return float(values.std(ddof=1))
