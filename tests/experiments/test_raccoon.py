from pathlib import Path

import numpy as np
import pytest

from experiments.machine import Machine
from experiments.raccoon.outcome import Outcome
from experiments.raccoon.page import (
    merge,
    people_table,
    read_outcomes,
    result_table,
    write_outcomes,
)
from experiments.raccoon.people import annotator_pairs, read_labels
from experiments.raccoon.statistics import across_seeds, difference, estimate

MACHINE = Machine(2, "Some CPU", False, {"python": "3.11"})


def outcome(arm: str, seed: int, fold: int, ious: dict[str, float]) -> Outcome:
    mean = float(np.mean(list(ious.values())))
    test = {"mean_iou": mean, "ap": mean / 2, "ap50": mean, "mean_box_iou": 0.4}
    pictures = {name: (1, iou, iou >= 0.5) for name, iou in ious.items()}
    return Outcome(arm, seed, fold, test, pictures, 1.0, 0.0, "2026-01-31")


SCRATCH = [
    outcome("scratch", 0, 0, {"a": 0.2, "b": 0.4}),
    outcome("scratch", 0, 1, {"c": 0.9}),
    outcome("scratch", 1, 0, {"a": 0.4, "b": 0.6}),
    outcome("scratch", 1, 1, {"c": 0.5}),
]
BETTER = [
    outcome("scenes_first", 0, 0, {"a": 0.3, "b": 0.5}),
    outcome("scenes_first", 0, 1, {"c": 1.0}),
]
ALONE = {"a": "a", "b": "b", "c": "c"}


def test_an_estimate_is_the_mean_over_photographs_and_seeds() -> None:
    found = estimate(SCRATCH, "mean_iou", ALONE)
    assert found.value == pytest.approx((0.2 + 0.4 + 0.9 + 0.4 + 0.6 + 0.5) / 6)
    # Photographs are drawn with both their seeds: a has .3, b .5, c .7 at the most and least.
    assert 0.3 <= found.low < found.value < found.high <= 0.7
    assert estimate(SCRATCH, "localization_accuracy", ALONE).value == pytest.approx(3 / 6)


def test_copies_are_drawn_together() -> None:
    one = [outcome("scratch", 0, 0, {str(i): float(i % 2) for i in range(40)})]
    alone = estimate(one, "mean_iou", {str(i): str(i) for i in range(40)})
    copies = estimate(one, "mean_iou", {str(i): str(i // 20 + i % 2) for i in range(40)})
    assert copies.value == alone.value == 0.5
    assert copies.high - copies.low > 1.5 * (alone.high - alone.low)


def test_a_difference_is_paired_and_between_the_seeds_that_both_have() -> None:
    gain = difference(BETTER, SCRATCH, "mean_iou", ALONE)
    assert (gain.value, gain.low, gain.high) == pytest.approx((0.1, 0.1, 0.1))
    with pytest.raises(ValueError, match="same photographs"):
        difference(BETTER[:1], SCRATCH, "mean_iou", ALONE)


def test_deviation_is_between_seeds() -> None:
    mean, deviation = across_seeds(SCRATCH, lambda one: one.test["mean_iou"])
    assert mean == pytest.approx((0.6 + 0.5) / 2)
    assert deviation == pytest.approx(0.1 / np.sqrt(2))


def test_outcomes_survive_the_file_and_new_ones_take_the_place_of_old(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    write_outcomes(file, [*BETTER, *SCRATCH], MACHINE)
    assert read_outcomes(file) == [*SCRATCH, *BETTER]
    again = outcome("scratch", 0, 1, {"c": 0.1})
    assert merge(SCRATCH, [again]) == [SCRATCH[0], again, *SCRATCH[2:]]


def test_the_table_has_a_row_for_each_arm_and_says_what_is_shown() -> None:
    table = result_table([*SCRATCH, *BETTER], ALONE)
    assert "| photographs alone | 0.500 (" in table
    assert "| 2 × 2 |" in table
    assert "mean IoU +0.100 (+0.100 to +0.100), a real difference." in table
    assert "no difference shown" in result_table(
        [
            *SCRATCH,
            *(
                outcome(
                    "scenes_first",
                    one.seed,
                    one.fold,
                    {name: answer[1] for name, answer in one.pictures.items()},
                )
                for one in SCRATCH
            ),
        ],
        ALONE,
    )
    assert result_table([], ALONE) == "Not measured yet."


def test_people_agree_as_published(shared_data: Path) -> None:
    pairs = annotator_pairs(*read_labels(shared_data / "raccoon_voc"))
    numbers = [{int(name.split("-")[1].split(".")[0]) for name in pair.files} for pair in pairs]
    assert numbers == [{65, 98}, {83, 120}, {52, 74}, {11, 116}]
    # Published to three digits.
    np.testing.assert_allclose(
        [pair.iou for pair in pairs], [0.798, 0.816, 0.823, 0.943], atol=1e-3
    )
    assert "| mean | 0.845 |" in people_table(pairs)
