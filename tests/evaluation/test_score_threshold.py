"""The threshold that is chosen is the best there is."""

import numpy as np
import pytest

from objloc.evaluation import choose_score_threshold, evaluate
from tests.evaluation.random_sets import detections, random_set, truth

BOX = [10, 10, 50, 50]


def test_middle_of_the_gap() -> None:
    """Objects score .8 and more, empty images .2 and less."""
    found = [detections([BOX], [score]) for score in (0.8, 0.9, 0.2, 0.1)]
    truths = [truth([BOX]), truth([BOX]), truth([]), truth([])]
    assert choose_score_threshold(found, truths) == pytest.approx(0.5)


def test_widest_of_equal_intervals() -> None:
    """Right below .1, and right again from .3 to .7; a score that changes nothing cuts no gap."""
    found = [
        detections([BOX], [0.7]),
        detections([BOX], [0.3]),
        detections([BOX], [0.1]),
        detections([BOX], [0.5], [1]),  # misnamed: wrong at every threshold
    ]
    truths = [truth([BOX]), truth([]), truth([BOX]), truth([BOX])]
    assert choose_score_threshold(found, truths) == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(3))
def test_no_threshold_does_better(seed: int) -> None:
    """Against every threshold between two scores, with several objects and ignored boxes."""
    found, truths = random_set(np.random.default_rng(seed), 80, 2, 2, classes=2, ignored=0.1)

    def accuracy(threshold: float) -> float:
        report = evaluate(found, truths, ("a", "b"), score_threshold=threshold)
        return report.metrics["localization_accuracy"]

    best = max(accuracy(step / 40 + 1 / 80) for step in range(40))  # scores lie on a grid of 1/40
    assert accuracy(choose_score_threshold(found, truths)) == best


def test_nothing_to_choose_by() -> None:
    """Where no threshold is better than another, the middle."""
    assert choose_score_threshold([], []) == 0.5
