"""Precision–recall and IoU–recall curves, by hand and against the numbers they belong to."""

import numpy as np
import pytest

from objloc.evaluation import average_precision, evaluate, match
from objloc.evaluation.coco_matching import rank
from objloc.evaluation.columns import columns
from objloc.evaluation.curves import iou_recall, precision_recall
from tests.evaluation.random_sets import detections, random_set, truth

BOX, FAR, EMPTY = [10, 10, 50, 50], [60, 60, 90, 90], [0, 0, 8, 8]


def test_precision_recall_by_hand() -> None:
    """A find at .9, a mistake and a find at .8 (one point), a mistake at .7; two cats, a dog."""
    found = [detections([BOX, EMPTY, FAR, EMPTY], [0.9, 0.8, 0.8, 0.7], [0, 0, 0, 1])]
    truths = [truth([BOX, FAR, EMPTY], [0, 0, 2])]
    ranking = rank(columns(found, truths), 3)
    pooled, cat, dog, bird = precision_recall(ranking, ("cat", "dog", "bird"), 0.5)
    assert (cat.name, cat.iou, cat.objects) == ("cat", 0.5, 2)
    assert cat.score == pytest.approx([0.9, 0.8])
    assert cat.precision == pytest.approx([1, 2 / 3])
    assert cat.recall == pytest.approx([1 / 2, 1])
    assert cat.interpolated == pytest.approx([1] * 51 + [2 / 3] * 50)
    assert cat.ap == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert (dog.objects, dog.precision.tolist()) == (0, [0])
    assert np.isnan([dog.ap, *dog.recall, *dog.interpolated]).all()
    assert (bird.objects, bird.ap, len(bird.score)) == (1, 0, 0)
    assert pooled.name is None
    assert pooled.precision == pytest.approx([1, 2 / 3, 2 / 4])
    assert pooled.recall == pytest.approx([1 / 3, 2 / 3, 2 / 3])


@pytest.mark.parametrize("ignored", [0.0, 0.3])
def test_area_is_average_precision(ignored: float) -> None:
    """Of each class at .5; of the only class at .5 and .75, where pooling changes nothing."""
    found, truths = random_set(np.random.default_rng(2), 80, 5, 12, 3, ignored)
    expected = average_precision(found, truths, 3)
    curves = precision_recall(rank(columns(found, truths), 3), ("a", "b", "c"), 0.5)
    assert [curve.ap for curve in curves[1:]] == pytest.approx(expected.class_ap50, abs=1e-12)
    found, truths = random_set(np.random.default_rng(2), 80, 5, 12, 1, ignored)
    expected = average_precision(found, truths, 1)
    ranking = rank(columns(found, truths), 1)
    for iou, ap in ((0.5, expected.ap50), (0.75, expected.ap75)):
        pooled, only = precision_recall(ranking, ("a",), iou)
        assert (pooled.ap, only.ap) == pytest.approx((ap, ap), abs=1e-12)


def test_iou_recall_by_hand() -> None:
    """IoU 1 with the wrong class, IoU .5 with the right one, one missed."""
    found = [detections([BOX, [60, 60, 90, 75]], [0.9, 0.8], [1, 0])]
    curve = iou_recall(match(found, [truth([BOX, FAR, EMPTY])]))
    assert (curve.iou[0], curve.iou[49], curve.iou[-1]) == (0.01, 0.5, 1)
    assert curve.found[[0, 49, 50, 99]] == pytest.approx([2 / 3, 2 / 3, 1 / 3, 1 / 3])
    assert curve.named[[0, 49, 50, 99]] == pytest.approx([1 / 3, 1 / 3, 0, 0])


def test_iou_recall_agrees_with_the_report() -> None:
    """At .5, .75 and .9; nothing to find is NaN."""
    found, truths = random_set(np.random.default_rng(4), 50, 3, 3)
    metrics = evaluate(found, truths, ("a", "b", "c"), score_threshold=0.0).metrics
    curve = iou_recall(match(found, truths))
    for percent in (50, 75, 90):
        assert curve.found[percent - 1] == pytest.approx(metrics[f"iou_over_{percent}"])
    assert (np.diff(curve.found) <= 0).all()
    assert np.isnan(iou_recall(match([], [])).found).all()
