"""AP of weighted images against the library's AP of images copied that often."""

import numpy as np
import pytest

from objloc.evaluation import Detections, average_precision
from objloc.evaluation.coco_matching import rank
from objloc.evaluation.columns import columns
from objloc.evaluation.weighted_precision import mean_over_classes, weighted_average_precision
from tests.evaluation.random_sets import detections, random_set, truth


@pytest.mark.parametrize("ignored", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_weight_one_is_average_precision(
    seed: int, ignored: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ties, crowds, empty images, a class without objects; more groups than are matched at once."""
    monkeypatch.setattr("objloc.evaluation.coco_matching._CELLS", 50)
    found, truths = random_set(np.random.default_rng(seed), 80, 5, 12, 4, ignored)
    expected = average_precision(found, truths, 5)
    ranking = rank(columns(found, truths), 5)
    by_class = weighted_average_precision(ranking, np.ones((80, 1), np.int64))[..., 0]
    assert by_class.mean(axis=0) == pytest.approx(expected.class_ap, abs=1e-12, nan_ok=True)
    assert by_class[0] == pytest.approx(expected.class_ap50, abs=1e-12, nan_ok=True)
    assert mean_over_classes(by_class.mean(axis=0)[:, None]) == pytest.approx(expected.ap)
    assert mean_over_classes(by_class[5][:, None]) == pytest.approx(expected.ap75, abs=1e-12)


@pytest.mark.parametrize("ignored", [0.0, 0.3])
def test_weights_are_copies(ignored: float) -> None:
    """Images there 0 to 3 times, side by side; no two scores alike, so that order is no matter."""
    rng = np.random.default_rng(7)
    found, truths = random_set(rng, 40, 4, 9, 3, ignored)
    scores = np.split(
        rng.permutation(1000)[: sum(map(len, found))] / 1000 + 0.002,
        np.cumsum([len(one) for one in found])[:-1],
    )
    found = [
        Detections(one.boxes, one.labels, np.sort(mine)[::-1].astype(np.float32))
        for one, mine in zip(found, scores, strict=True)
    ]
    weights = rng.integers(0, 4, (40, 5))
    ranking = rank(columns(found, truths), 3)
    by_class = weighted_average_precision(ranking, weights)
    for column, weight in enumerate(weights.T):
        copies = np.repeat(np.arange(40), weight)
        expected = average_precision(
            [found[image] for image in copies], [truths[image] for image in copies], 3
        )
        assert by_class[:, :, column].mean(axis=0) == pytest.approx(expected.class_ap, abs=1e-12)
        assert by_class[0, :, column] == pytest.approx(expected.class_ap50, abs=1e-12)


def test_nothing_to_find_is_nan_and_nothing_found_is_zero() -> None:
    """Where an image is left out, so are its objects."""
    found = [detections([[0, 0, 9, 9]], [0.9], [1]), Detections.none()]
    truths = [truth([]), truth([[0, 0, 9, 9]])]
    ranking = rank(columns(found, truths), 2)
    weights = np.array([[1, 1, 0], [1, 0, 0]])
    by_class = weighted_average_precision(ranking, weights)
    assert by_class[0, 0].tolist()[0] == 0
    assert np.isnan(by_class[0, 0, 1:]).all()
    assert np.isnan(by_class[:, 1]).all()
    assert np.isnan(mean_over_classes(by_class[0])[1:]).all()


def test_more_detections_than_count() -> None:
    """The hundred best of a class in an image: the find at the end is not among them."""
    boxes = [[0, 0, 9, 9]] * 100 + [[50, 50, 90, 90]]
    found = detections(boxes, np.linspace(0.9, 0.1, 101))
    image = truth([[50, 50, 90, 90]])
    once = np.ones((1, 1), np.int64)
    assert weighted_average_precision(rank(columns([found], [image]), 1), once).max() == 0
    ranking = rank(columns([found], [image]), 1, max_detections=101)
    assert weighted_average_precision(ranking, once)[0, 0, 0] == pytest.approx(1 / 101)
