"""How sure a number is: confidence intervals from resampled images."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from jaxtyping import Float64, Int64

from objloc.evaluation.coco_matching import Ranking
from objloc.evaluation.weighted_precision import mean_over_classes, weighted_average_precision

_CELLS = 1 << 22  # detections × resamples counted at once: bounds the memory
_LEFT_OUT = 200  # groups of images left out in turn, to see how skewed a metric is
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Interval:
    """A number and where it would lie in 95 % of the cases, had other images been drawn.

    Attributes:
        value: measured on the images as they are; NaN where there is nothing to measure.
        low: lower end of the interval; NaN without resamples.
        high: upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Ratio:
    """A number that is a sum over images divided by another: a mean over objects or images.

    Attributes:
        total: (I,) what each image adds to the numerator.
        count: (I,) what it adds to the denominator.
    """

    total: Float64[np.ndarray, " i"]
    count: Float64[np.ndarray, " i"]

    @staticmethod
    def mean_of(answers: Float64[np.ndarray, " i"]) -> "Ratio":
        """The mean over images, those left out whose answer is NaN."""
        counts = ~np.isnan(answers)
        return Ratio(np.where(counts, answers, 0.0), counts.astype(np.float64))


def bootstrap(
    measures: Mapping[str, Ratio],
    ranking: Ranking,
    image_ids: Int64[np.ndarray, " i"],
    *,
    resamples: int,
    seed: int,
) -> dict[str, Interval]:
    """95 % intervals of the measures and of `ap`, `ap50` and `ap75`, by the BCa bootstrap.

    Each resample draws as many images as there are, with replacement: images, not objects, are what
    chance brought. The interval lies between two quantiles of the resamples, shifted for bias and
    skew (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 14.3). Plain
    quantiles would mislead for AP, which tends to be higher in resamples than in the images they
    are drawn from. Where a simulated detector was tried on 40 and 200 images of a known population,
    these intervals held the true AP and AP50 in 89 to 93 % of the cases, plain quantiles in 87 to
    92 %: read those of AP as a little too narrow.

    Resamples in which a number cannot be measured do not count for it. Where all images agree (each
    is right), the interval has no width: no resample can show what they do not. The same images
    give the same intervals in whatever order they come, as they are drawn in the order of their
    ids.

    Args:
        measures: name to what is averaged over the images.
        ranking: of the detections, at COCO's IoU thresholds.
        image_ids: of the images.
        resamples: how many; 0 for no intervals (NaN).
        seed: of the draw.
    """
    images = len(image_ids)
    names = [*measures, "ap", "ap50", "ap75"]
    once = np.ones((images, 1), np.int64)
    values = _measure(measures, ranking, once)[:, 0]
    block = int(np.clip(_CELLS // max(1, len(ranking.image), images), 1, 64))
    by_id = np.argsort(image_ids, kind="stable")
    rng = np.random.default_rng(seed)

    def measured(chunks: Iterator[Int64[np.ndarray, "i r"]]) -> Float64[np.ndarray, "m r"]:
        parts = [np.zeros((len(names), 0))]
        return np.concatenate(parts + [_measure(measures, ranking, one) for one in chunks], axis=1)

    spread = measured(_resampled(by_id, resamples if images else 0, block, rng))
    left_out = measured(_left_out(by_id, block))
    return {
        name: Interval(float(value), *_ends(value, row, without))
        for name, value, row, without in zip(names, values, spread, left_out, strict=True)
    }


def _resampled(
    by_id: Int64[np.ndarray, " i"], resamples: int, block: int, rng: np.random.Generator
) -> Iterator[Int64[np.ndarray, "i r"]]:
    """How often each image is drawn, for up to `block` resamples at a time."""
    images = len(by_id)
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        draws = rng.integers(images, size=(count, images)) + images * np.arange(count)[:, None]
        weights = np.empty((images, count), np.int64)
        weights[by_id] = np.bincount(draws.ravel(), minlength=count * images).reshape(count, -1).T
        yield weights


def _left_out(by_id: Int64[np.ndarray, " i"], block: int) -> Iterator[Int64[np.ndarray, "i r"]]:
    """All images but one, or but a few where there are many: each left out once."""
    groups = min(len(by_id), _LEFT_OUT)
    group = np.arange(len(by_id)) * groups // max(len(by_id), 1)
    for start in range(0, groups, block):
        weights = np.empty((len(by_id), min(block, groups - start)), np.int64)
        weights[by_id] = group[:, None] != start + np.arange(weights.shape[1])
        yield weights


def _measure(
    measures: Mapping[str, Ratio], ranking: Ranking, weights: Int64[np.ndarray, "i r"]
) -> Float64[np.ndarray, "m r"]:
    """The measures, AP, AP50 and AP75 under each of R weightings of the images."""
    rows = []
    for ratio in measures.values():
        total, count = ratio.total @ weights, ratio.count @ weights
        rows.append(np.where(count > 0, total / np.where(count > 0, count, 1), np.nan))
    precision = weighted_average_precision(ranking, weights)
    rows.append(mean_over_classes(precision.mean(axis=0)))
    for limit in (0.5, 0.75):
        step = int(np.abs(ranking.thresholds - limit).argmin())
        rows.append(mean_over_classes(precision[step]))
    return np.stack(rows)


def _ends(
    value: float, spread: Float64[np.ndarray, " r"], left_out: Float64[np.ndarray, " g"]
) -> tuple[float, float]:
    """The ends of the BCa interval; NaN where nothing could be measured.

    Args:
        value: measured on all images.
        spread: on the resamples.
        left_out: on all images but some, each left out once.
    """
    spread = spread[~np.isnan(spread)]
    if len(spread) == 0 or np.isnan(value):
        return float("nan"), float("nan")
    below = np.mean(spread < value) + np.mean(spread == value) / 2
    # A share of 0 or 1 is one that so few resamples cannot tell.
    below = np.clip(below, 0.5 / len(spread), 1 - 0.5 / len(spread))
    bias = _NORMAL.inv_cdf(float(below))
    away = left_out[~np.isnan(left_out)]
    away = away.mean() - away if len(away) else np.zeros(1)
    width = float((away**2).sum())
    skew = float((away**3).sum()) / (6 * width**1.5) if width > 0 else 0.0
    levels = []
    for z in (_NORMAL.inv_cdf(0.025), _NORMAL.inv_cdf(0.975)):
        levels.append(_NORMAL.cdf(bias + (bias + z) / (1 - skew * (bias + z))))
    low, high = np.quantile(spread, sorted(levels))
    return float(low), float(high)
