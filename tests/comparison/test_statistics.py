"""Intervals, paired tests and Holm's correction, against formulas written down elsewhere."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objloc.comparison.statistics import holm, mean_interval, paired_test


def test_interval_by_hand() -> None:
    found = mean_interval([1.0, 2.0, 3.0])
    # s = 1; the 97.5 % quantile of t with 2 degrees of freedom solves t / sqrt(2 + t²) = .95.
    quantile = 0.95 * math.sqrt(2 / (1 - 0.95**2))
    assert found.mean == 2.0
    assert found.half_width == pytest.approx(quantile / math.sqrt(3))
    assert found.count == 3


def test_interval_of_two_by_hand() -> None:
    found = mean_interval([0.90, 0.94])
    # s / sqrt(2) is half the distance; with 1 degree of freedom the quantile is a tangent.
    assert found.half_width == pytest.approx(0.02 * math.tan(0.95 * math.pi / 2))


def test_one_number_has_no_interval_and_none_has_no_mean() -> None:
    assert mean_interval([0.5]).mean == 0.5
    assert math.isnan(mean_interval([0.5]).half_width)
    assert math.isnan(mean_interval([]).mean)


def test_equal_numbers_have_an_interval_of_no_width() -> None:
    # Their mean is off by rounding, 0.1 having no exact binary form.
    assert mean_interval([0.1] * 3).half_width == 0.0


@pytest.mark.parametrize("count", [2, 3, 5, 10])
def test_interval_holds_the_mean_in_95_of_100_cases(count: int) -> None:
    rng = np.random.default_rng(count)
    samples = rng.normal(0.9, 0.01, (1500, count))
    found = [mean_interval(row.tolist()) for row in samples]
    held = np.mean([abs(one.mean - 0.9) <= one.half_width for one in found])
    assert held == pytest.approx(0.95, abs=0.017)  # three standard errors


def test_paired_test_by_hand() -> None:
    first = {0: 11.0, 1: 22.0, 2: 33.0}
    second = {0: 10.0, 1: 20.0, 2: 30.0}
    found = paired_test(first, second)
    t = 2 / (1 / math.sqrt(3))  # differences 1, 2, 3
    assert found.seeds == (0, 1, 2)
    assert found.difference == 2.0
    # With 2 degrees of freedom the distribution of t has a closed form.
    assert found.p == pytest.approx(1 - t / math.sqrt(2 + t * t))


def test_paired_test_of_two_seeds_by_hand() -> None:
    found = paired_test({0: 0.5, 1: 0.75}, {0: 0.25, 1: 0.25})
    t = 0.375 / 0.125
    assert found.p == pytest.approx(1 - 2 / math.pi * math.atan(t))


def test_order_of_the_settings_turns_the_sign_alone() -> None:
    rng = np.random.default_rng(0)
    first = dict(enumerate(rng.normal(size=6).tolist()))
    second = dict(enumerate(rng.normal(size=6).tolist()))
    there, back = paired_test(first, second), paired_test(second, first)
    assert there.difference == -back.difference
    assert there.p == back.p


def test_seeds_that_one_setting_lacks_do_not_count() -> None:
    whole = paired_test({1: 0.5, 2: 0.7, 3: 0.6}, {1: 0.4, 2: 0.5, 3: 0.55})
    more = paired_test({0: 9.0, 1: 0.5, 2: 0.7, 3: 0.6}, {1: 0.4, 2: 0.5, 3: 0.55, 8: -9.0})
    assert more == whole


@pytest.mark.parametrize("first", [{}, {5: 0.9}, {0: 0.9, 5: 0.8}])
def test_fewer_than_two_shared_seeds_are_no_test(first: dict[int, float]) -> None:
    found = paired_test(first, {0: 0.5, 1: 0.5})
    assert math.isnan(found.p)
    assert math.isnan(found.half_width)


def test_no_difference_at_all_is_no_difference() -> None:
    found = paired_test({0: 0.1, 1: 0.7}, {0: 0.1, 1: 0.7})
    assert (found.difference, found.p) == (0.0, 1.0)


@pytest.mark.parametrize("count", [2, 3, 6])
def test_the_same_difference_every_time_is_as_sure_as_swapping_can_make_it(count: int) -> None:
    rng = np.random.default_rng(count)
    second = dict(enumerate(rng.normal(0.8, 0.05, count).tolist()))
    first = {seed: value + 0.1 for seed, value in second.items()}  # equal but for rounding
    # Of the 2ⁿ ways to swap, this one and its opposite differ as much.
    assert paired_test(first, second).p == 2 / 2**count


def test_settings_that_are_alike_differ_in_5_of_100_tests() -> None:
    rng = np.random.default_rng(7)
    draws = rng.normal(0.9, 0.01, (1500, 2, 3))
    found = [paired_test(dict(enumerate(one)), dict(enumerate(other))).p for one, other in draws]
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.017)


def test_holm_by_hand() -> None:
    # Sorted: .005 · 4, .01 · 3, .03 · 2, and .04 · 1, which may not be less than the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.7, 0.6]) == [1.0, 1.0]


def test_tests_that_were_not_made_do_not_count() -> None:
    found = holm([0.01, math.nan, 0.04])
    assert found[0] == pytest.approx(0.02)
    assert math.isnan(found[1])
    assert found[2] == pytest.approx(0.04)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_the_closure_of_bonferroni(p_values: list[float]) -> None:
    """A hypothesis falls if every set of hypotheses that it is in falls by Bonferroni's bound."""
    expected = []
    for index in range(len(p_values)):
        sets = [
            some
            for size in range(1, len(p_values) + 1)
            for some in combinations(range(len(p_values)), size)
            if index in some
        ]
        expected.append(max(min(1, len(s) * min(p_values[one] for one in s)) for s in sets))
    assert holm(p_values) == pytest.approx(expected)
