"""AP50 of an epoch against COCO's, and by hand."""

import keras
import numpy as np
import pytest

from objloc.evaluation import Detections, average_precision
from objloc.training.metrics import AP50
from tests.evaluation.random_sets import detections, random_set, truth
from tests.training.metrics.padded import padded

BOX, OTHER, FAR = [10, 10, 50, 50], [60, 60, 90, 90], [0, 70, 20, 95]


def ap50(found: list[Detections], truths: list, classes: int, batch: int = 50) -> float:
    """Of these images, seen in batches."""
    metric = AP50()
    metric.for_classes(classes)
    for start in range(0, len(found), batch):
        metric.update_state(*padded(found[start : start + batch], truths[start : start + batch]))
    return float(metric.result())


@pytest.mark.parametrize(
    ("found", "labels", "expected"),
    [
        (detections([BOX, OTHER], [0.9, 0.8], [0, 1]), [0, 1], 1.0),
        (detections([BOX, OTHER], [0.9, 0.8]), [0, 0], 1.0),
        (detections([BOX], [0.9]), [0, 0], 51 / 101),  # recall 1/2
        (detections([FAR, BOX], [0.9, 0.5]), [0, 0], 51 / 101 / 2),  # precision 1/2 there
        (detections([BOX, FAR, OTHER], [0.9, 0.5, 0.3]), [0, 0], (51 + 50 * 2 / 3) / 101),
        (detections([BOX, BOX, OTHER], [0.9, 0.5, 0.3]), [0, 0], (51 + 50 * 2 / 3) / 101),
        (detections([BOX, OTHER], [0.9, 0.8], [1, 0]), [0, 1], 0.0),
        (detections([BOX], [0.9]), [0, 1], 0.5),  # one class of two; the third has no objects
        (Detections.none(), [0, 1], 0.0),
        # A surer detection of another class, or one that fits worse, stands in nobody's way.
        (detections([BOX, BOX, OTHER], [0.9, 0.8, 0.7], [1, 0, 1]), [0, 1], (1 + 0.5) / 2),
        (detections([[10, 10, 30, 30], BOX, OTHER], [0.9, 0.8, 0.7]), [0, 0], 2 / 3),
    ],
)
def test_by_hand(found: Detections, labels: list[int], expected: float) -> None:
    image = truth([BOX, OTHER], labels)
    assert average_precision([found], [image], 3).ap50 == pytest.approx(expected)
    assert ap50([found], [image], 3) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("most", "answers"), [(1, 1), (3, 6), (8, 20)])
def test_close_to_coco(most: int, answers: int, seed: int) -> None:
    found, truths = random_set(np.random.default_rng(seed), 200, most, answers)
    # Scores that say something, many of them close to 0 or 1 as a model's are.
    rng = np.random.default_rng(seed + 100)
    surer = []
    for one, image in zip(found, truths, strict=True):
        near = np.array([any(np.abs(box - b).max() < 8 for b in image.boxes) for box in one.boxes])
        logit = rng.normal(np.where(near, 2.0, -2.0), 2.0) if len(one) else np.zeros(0)
        order = np.argsort(-logit)
        scores = (1 / (1 + np.exp(-logit))).astype(np.float32)
        surer.append(Detections(one.boxes[order], one.labels[order], scores[order]))
    exact = average_precision(surer, truths, 3).ap50
    assert ap50(surer, truths, 3) == pytest.approx(exact, abs=0.02)


def test_more_bins_are_more_exact() -> None:
    """A right one of .52 counts before a wrong one of .5 only where bins tell them apart."""
    found, image = detections([BOX, FAR], [0.52, 0.5]), truth([BOX])
    for bins, expected in ((1000, 1.0), (2, 0.5)):
        metric = AP50(bins=bins, num_classes=1)
        metric.update_state(*padded([found], [image]))
        assert float(metric.result()) == expected


def test_starts_afresh() -> None:
    metric = AP50(num_classes=1)
    metric.update_state(*padded([detections([FAR], [0.9])], [truth([BOX])]))
    metric.reset_state()
    assert float(metric.result()) == 0
    metric.update_state(*padded([detections([BOX], [0.5])], [truth([BOX])]))
    assert float(metric.result()) == pytest.approx(1)


def test_number_of_classes() -> None:
    metric = AP50(name="ap")
    batch = padded([detections([BOX], [0.9])], [truth([BOX])])
    with pytest.raises(ValueError, match="ap: how many classes"):
        metric.update_state(*batch)
    metric.for_classes(2)
    with pytest.raises(ValueError, match="made for 2 classes, not 3"):
        metric.for_classes(3)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert (again.num_classes, again.bins, again.name) == (2, 200, "ap")
