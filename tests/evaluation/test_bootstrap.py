"""Intervals against SciPy's, and what they must not depend on."""

from itertools import pairwise

import numpy as np
import pytest

from objloc.evaluation import average_precision
from objloc.evaluation.bootstrap import Interval, Ratio, bootstrap
from objloc.evaluation.coco_matching import Ranking, rank
from objloc.evaluation.columns import columns
from tests.evaluation.random_sets import random_set


def ranking_of(images: int, seed: int = 0) -> tuple[Ranking, float]:
    """A random set, ranked, and its AP."""
    found, truths = random_set(np.random.default_rng(seed), images, 3, 5)
    return rank(columns(found, truths), 3), average_precision(found, truths, 3).ap


def test_equals_scipy() -> None:
    """The BCa interval of a skewed mean, and of a mean over objects, of which images have many."""
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(1)
    values, objects = rng.exponential(size=60), rng.integers(1, 5, 60).astype(np.float64)
    measures = {"mean": Ratio.mean_of(values), "ratio": Ratio(values * objects, objects)}
    ours = bootstrap(measures, ranking_of(60)[0], np.arange(60), resamples=20_000, seed=0)

    def mean_of_objects(total: np.ndarray, count: np.ndarray, axis: int = -1) -> np.ndarray:
        return total.sum(axis=axis) / count.sum(axis=axis)

    for name, data, statistic in (
        ("mean", (values,), np.mean),
        ("ratio", (values * objects, objects), mean_of_objects),
    ):
        other = stats.bootstrap(
            data,
            statistic,
            paired=len(data) > 1,
            method="BCa",
            n_resamples=20_000,
            vectorized=True,
            random_state=0,
        ).confidence_interval
        width = other.high - other.low
        assert ours[name].value == pytest.approx(statistic(*data))
        assert ours[name].low == pytest.approx(other.low, abs=0.03 * width)
        assert ours[name].high == pytest.approx(other.high, abs=0.03 * width)


def test_deterministic_and_of_no_order() -> None:
    """The same seed gives the same interval, also to images in another order; another does not."""
    ranking, ap = ranking_of(40)
    values = np.random.default_rng(0).random(40)
    first = bootstrap({"m": Ratio.mean_of(values)}, ranking, np.arange(40), resamples=200, seed=3)
    again = bootstrap({"m": Ratio.mean_of(values)}, ranking, np.arange(40), resamples=200, seed=3)
    other = bootstrap({"m": Ratio.mean_of(values)}, ranking, np.arange(40), resamples=200, seed=4)
    assert first == again != other
    assert first["ap"].value == pytest.approx(ap, abs=1e-12)
    assert first["ap"].low < ap < first["ap"].high
    order = np.random.default_rng(1).permutation(40)
    moved = Ranking(**{**vars(ranking), "image": np.argsort(order)[ranking.image]})
    moved = Ranking(**{**vars(moved), "object_image": np.argsort(order)[ranking.object_image]})
    shuffled = bootstrap({"m": Ratio.mean_of(values[order])}, moved, order, resamples=200, seed=3)
    for name in first:
        assert vars(shuffled[name]) == pytest.approx(vars(first[name]), abs=1e-12)


def test_width_shrinks_with_the_root_of_the_number() -> None:
    """Four times the images, half the width."""
    rng = np.random.default_rng(0)
    widths = []
    for images in (100, 400, 1600):
        ratio = Ratio.mean_of((np.arange(images) % 2).astype(np.float64))
        rng.shuffle(ratio.total)
        one = bootstrap({"m": ratio}, ranking_of(1)[0], np.arange(images), resamples=2000, seed=0)
        widths.append(one["m"].high - one["m"].low)
    for wide, narrow in pairwise(widths):
        assert wide / narrow == pytest.approx(2, rel=0.1)


def test_nothing_to_measure_is_nan() -> None:
    """No images, no answers, no resamples; and images that all agree."""
    ranking, ap = ranking_of(10)
    answers = {"none": Ratio.mean_of(np.full(10, np.nan)), "all": Ratio.mean_of(np.ones(10))}
    intervals = bootstrap(answers, ranking, np.arange(10), resamples=50, seed=0)
    assert np.isnan(list(vars(intervals["none"]).values())).all()
    assert intervals["all"] == Interval(1.0, 1.0, 1.0)
    without = bootstrap(answers, ranking, np.arange(10), resamples=0, seed=0)["ap"]
    assert without.value == pytest.approx(ap, abs=1e-12)
    assert np.isnan([without.low, without.high]).all()
    empty = rank(columns([], []), 2)
    nowhere = bootstrap({}, empty, np.zeros(0, np.int64), resamples=50, seed=0)
    assert np.isnan([nowhere["ap"].value, nowhere["ap75"].high]).all()
