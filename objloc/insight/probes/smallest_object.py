"""The smallest object that a model finds."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from scipy.optimize import isotonic_regression

from objloc.evaluation.bootstrap import Interval
from objloc.insight.probes.asker import Asker
from objloc.insight.probes.curve import Curve, with_value

TARGETS = (0.5, 0.95)
"""Recalls that are asked for."""

_RESAMPLES = 500


@dataclass(frozen=True)
class SmallestObject:
    """From which size on objects are found.

    Attributes:
        target: the recall that is asked for.
        size: in pixels; NaN where no size reaches it, an end NaN where a resample does not.
        is_smallest_tried: whether nothing smaller was tried (or could be seen).
    """

    target: float
    size: Interval
    is_smallest_tried: bool


def refined(ask: Asker, curve: Curve) -> Curve:
    """The curve over sizes with those between two of its values at which recall reaches a target.

    Halves the gap in whole pixels, until the sizes on both sides of the step are neighbours.
    """
    for target in TARGETS:
        while True:
            place = _first(_rising(curve.found.mean(axis=1)), target)
            if place is None or place == 0:
                break
            low, high = int(curve.values[place - 1]), int(curve.values[place])
            middle = (low + high) // 2
            if middle == low or middle in curve.dropped:
                break
            curve = with_value(ask, curve, middle)
    return curve


def smallest_objects(curve: Curve, seed: int = 0) -> list[SmallestObject]:
    """The smallest tried size from which on recall reaches each target, with a 95 % interval.

    Recall is taken to rise with size up to the size where it is highest: what is fitted there is
    the rising curve next to the measured one (isotonic regression: Barlow et al. 1972, "Statistical
    Inference under Order Restrictions", chapter 1). The interval is that of resampled scenes, each
    drawn with its verdicts at all sizes (percentile bootstrap, in whole sizes as tried).
    """
    found = curve.found.astype(np.float64)  # (v, n)
    scenes = found.shape[1]
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(scenes, np.full(scenes, 1 / scenes), size=_RESAMPLES)  # (r, n)
    spread = [_rising(row) for row in (weights @ found.T) / scenes]
    sizes = np.array([float(size) for size in curve.values])
    fitted = _rising(found.mean(axis=1))

    def smallest(recall: Float64[np.ndarray, " v"], target: float) -> float:
        place = _first(recall, target)
        return float("inf") if place is None else sizes[place]

    answers = []
    for target in TARGETS:
        drawn = np.sort([smallest(row, target) for row in spread])
        # By rank: between two sizes, one of them infinite, there is no quantile.
        low, high = drawn[int(0.025 * _RESAMPLES)], drawn[int(0.975 * _RESAMPLES)]
        interval = Interval(*(_finite(one) for one in (smallest(fitted, target), low, high)))
        answers.append(SmallestObject(target, interval, bool(interval.value == sizes[0])))
    return answers


def _rising(recall: Float64[np.ndarray, " v"]) -> Float64[np.ndarray, " v"]:
    """The fitted curve; beyond the highest recall it stays where it is."""
    top = int(np.argmax(recall)) + 1
    fitted = np.asarray(isotonic_regression(recall[:top]).x, np.float64)
    return np.concatenate([fitted, np.full(len(recall) - top, fitted[-1])])


def _first(recall: Float64[np.ndarray, " v"], target: float) -> int | None:
    reached = recall >= target - 1e-9
    return int(np.argmax(reached)) if reached.any() else None


def _finite(value: float) -> float:
    return float(value) if np.isfinite(value) else float("nan")
