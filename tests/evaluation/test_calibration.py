"""Calibration computed by hand."""

import numpy as np
import pytest

from objloc.evaluation.calibration import calibrate


def test_bins_by_hand() -> None:
    """Two bins: .2 and .4, of which one is right; .5, .9 and 1, all right."""
    scores = np.array([0.9, 0.2, 0.5, 1.0, 0.4])
    right = np.array([True, False, True, True, True])
    result = calibrate(scores, right, bins=2)
    assert result.edges.tolist() == [0, 0.5, 1]
    assert result.count.tolist() == [2, 3]
    assert result.score == pytest.approx([0.3, 0.8])
    assert result.right == pytest.approx([0.5, 1])
    assert result.ece == pytest.approx((2 * 0.2 + 3 * 0.2) / 5)
    # Equally many: .2, .4 and .5 make the first bin (mean .3667, 2/3 right), .9 and 1 the second.
    assert result.adaptive_ece == pytest.approx((3 * 0.3 + 2 * 0.05) / 5)


def test_equal_scores_share_a_bin() -> None:
    """Four of .6, of which half are right: no bin boundary can part them."""
    result = calibrate(np.full(4, 0.6), np.array([True, True, False, False]), bins=4)
    assert result.adaptive_ece == pytest.approx(0.1)
    assert result.count.tolist() == [0, 0, 4, 0]
    assert np.isnan(result.score[0])


def test_scores_that_mean_what_they_say() -> None:
    """Detections that are right with the probability of their score."""
    rng = np.random.default_rng(0)
    scores = rng.random(200_000)
    result = calibrate(scores, rng.random(200_000) < scores)
    assert result.ece < 0.01
    assert result.adaptive_ece < 0.01
    overconfident = calibrate(scores, rng.random(200_000) < scores / 2)
    assert overconfident.ece == pytest.approx(0.25, abs=0.01)


def test_nothing_is_nan() -> None:
    result = calibrate(np.zeros(0), np.zeros(0, np.bool_))
    assert np.isnan([result.ece, result.adaptive_ece, *result.right]).all()
    assert result.count.sum() == 0
