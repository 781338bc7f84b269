"""Intervals, against values worked out by hand."""

import numpy as np
import pytest

from objloc.insight.probes.intervals import means, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # .5 ∓ 1.96 / 1.3841 · √(.25 / 10 + 3.8415 / 400)
        (5, 10, 0.23659, 0.76341),
        # z² / (10 + z²)
        (0, 10, 0.0, 0.27754),
        (10, 10, 0.72246, 1.0),
        # Newcombe 1998, table I: 81 of 263 and 15 of 148
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_wilsons_interval(successes: int, trials: int, low: float, high: float) -> None:
    found = wilson(successes, trials)
    assert found.value == successes / trials
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    assert np.isnan(wilson(0, 0).value)


def test_a_means_interval_is_about_two_standard_errors_wide() -> None:
    rng = np.random.default_rng(0)
    values = np.clip(rng.normal(0.6, 0.1, (2, 400)), 0, 1)
    values[1] = 0.25
    first, second = means(values)
    error = values[0].std() / np.sqrt(400)
    assert first.value == pytest.approx(values[0].mean())
    assert first.high - first.low == pytest.approx(2 * 1.96 * error, rel=0.12)
    assert (second.low, second.value, second.high) == (0.25, 0.25, 0.25)
