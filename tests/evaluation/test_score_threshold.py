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
@pytest.mark.parametrize(("most", "metric"), [(1, "localization_accuracy"), (5, "f1")])
def test_no_threshold_does_better(most: int, metric: str, seed: int) -> None:
    """Against every threshold between two scores, with ignored boxes.

    With one object an image at most by localization accuracy, with several by the objects' F1.
    """
    found, truths = random_set(np.random.default_rng(seed), 80, most, 4, classes=2, ignored=0.2)

    def value(threshold: float) -> float:
        report = evaluate(found, truths, ("a", "b"), score_threshold=threshold)
        return report.metrics[metric]

    best = max(value(step / 40 + 1 / 80) for step in range(40))  # scores lie on a grid of 1/40
    assert value(choose_score_threshold(found, truths)) == best


def test_f1_where_one_image_holds_several() -> None:
    """From .3 to .6 all three objects are found, with one mistake; above, one is missed."""
    other = [60, 60, 90, 90]
    found = [
        detections([BOX, other], [0.9, 0.6]),
        detections([BOX, other], [0.8, 0.7]),
        detections([BOX], [0.3]),
    ]
    truths = [truth([BOX, other]), truth([BOX]), truth([])]
    # F1 by threshold: up to .3 6/8, to .6 6/7, to .7 4/6, to .8 4/5.
    assert choose_score_threshold(found, truths) == pytest.approx(0.45)


def test_a_model_with_one_answer_is_not_asked_for_several_objects() -> None:
    """Above .9 the third image is right as well as the empty one; F1 would take all finds."""
    found = [detections([BOX], [0.3]), detections([BOX], [0.4]), detections([BOX], [0.9])]
    truths = [truth([BOX, [60, 60, 90, 90]]), truth([]), truth([BOX])]
    assert choose_score_threshold(found, truths) == pytest.approx(0.65)


def test_neighbouring_scores_are_told_apart() -> None:
    """Between two scores that follow each other in float32 lies none."""
    low = np.float32(0.5)
    high = np.nextafter(low, np.float32(1))
    found = [detections([BOX, [60, 60, 90, 90]], [1.0, high]), detections([BOX], [low])]
    truths = [truth([BOX, [60, 60, 90, 90]]), truth([])]
    kept = [len(one.over(choose_score_threshold(found, truths))) for one in found]
    assert kept == [2, 0]


def test_nothing_to_choose_by() -> None:
    """Where no threshold is better than another, the middle."""
    assert choose_score_threshold([], []) == 0.5
