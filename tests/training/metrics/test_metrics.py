"""The metrics on images by hand, with one object at most and with several; they reset."""

import keras
import numpy as np
import pytest
from keras import ops

from objloc.evaluation import evaluate
from objloc.training import metrics
from objloc.training.metrics import matching
from tests.evaluation.random_sets import random_set
from tests.training.metrics.padded import padded

# Found well; found with the wrong class; missed (score below .5); rightly nothing; false alarm.
TARGETS = {
    "boxes": ops.array([[[0, 0, 0.5, 0.5]]] * 3 + [[[0, 0, 0, 0]]] * 2, "float32"),
    "labels": ops.array([[0], [1], [0], [-1], [-1]], "int32"),
}
FOUND = {
    "boxes": ops.array([[[0, 0, 0.5, 0.4]]] + [[[0, 0, 0.5, 0.5]]] * 4, "float32"),
    "labels": ops.array([[0]] * 5, "int32"),
    "scores": ops.array([[0.9], [0.9], [0.1], [0.1], [0.9]], "float32"),
}
EXPECTED = {
    "MeanIoU": (0.8 + 1.0 + 0.0) / 3,
    "LocalizationAccuracy": 2 / 5,
    "ClassAccuracy": 2 / 3,
    "PresenceAccuracy": 3 / 5,
}

# Two objects, a third place that is padding. LEFT has its right half in common with HALF.
LEFT, RIGHT, HALF, FAR = [0, 0, 0.4, 0.4], [0.6, 0, 1, 0.4], [0.2, 0, 0.4, 0.4], [0, 0.8, 0.2, 1]
PAIR = {
    "boxes": ops.array([[LEFT, RIGHT, [0, 0, 0, 0]]], "float32"),
    "labels": ops.array([[0, 1, -1]], "int32"),
}


def answers(*found: tuple[list[float], int, float]) -> dict:
    """One image with these boxes, labels and scores, and a place that is padding."""
    boxes, labels, scores = zip(*found, ([0, 0, 0, 0], -1, 0.0), strict=True)
    return {
        "boxes": ops.array([boxes], "float32"),
        "labels": ops.array([labels], "int32"),
        "scores": ops.array([scores], "float32"),
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_values_by_hand_over_two_batches(name: str) -> None:
    metric = getattr(metrics, name)(name="m")
    for rows in (slice(0, 2), slice(2, 5)):
        metric.update_state(
            {key: value[rows] for key, value in TARGETS.items()},
            {key: value[rows] for key, value in FOUND.items()},
        )
    assert float(metric.result()) == pytest.approx(EXPECTED[name])
    metric.reset_state()
    assert float(metric.result()) == 0


@pytest.mark.parametrize(
    ("found", "mean_iou", "localization"),
    [
        ([(LEFT, 0, 0.9), (RIGHT, 1, 0.8)], 1.0, 1),
        ([(LEFT, 0, 0.9), (RIGHT, 0, 0.8)], 1.0, 0),  # misnamed
        ([(LEFT, 0, 0.9), (RIGHT, 1, 0.4)], 0.5, 0),  # too unsure
        ([(LEFT, 0, 0.9), (RIGHT, 1, 0.8), (FAR, 1, 0.7)], 1.0, 0),  # one too many
        ([(LEFT, 0, 0.9), (RIGHT, 1, 0.8), (LEFT, 0, 0.7)], 1.0, 0),  # one twice
        ([(LEFT, 0, 0.9), (RIGHT, 1, 0.8), (FAR, 1, 0.3)], 1.0, 1),  # one too many, but unsure
        # A graze and a wrong name do not keep out what fits, but an unsure one keeps out nothing.
        ([([0.35, 0, 0.6, 0.4], 0, 0.9), (LEFT, 0, 0.8)], 0.5, 0),
        ([(LEFT, 1, 0.9), (HALF, 0, 0.8)], 0.25, 0),
        ([(HALF, 0, 0.6), (LEFT, 0, 0.4)], 0.25, 0),
    ],
)
def test_several_objects_by_hand(
    found: list[tuple[list[float], int, float]], mean_iou: float, localization: int
) -> None:
    measured = {}
    for name in ("MeanIoU", "LocalizationAccuracy", "PresenceAccuracy", "ClassAccuracy"):
        metric = getattr(metrics, name)()
        metric.update_state(PAIR, answers(*found))
        measured[name] = float(metric.result())
    assert measured["MeanIoU"] == pytest.approx(mean_iou)
    assert measured["LocalizationAccuracy"] == localization
    assert measured["PresenceAccuracy"] == 1
    # The best one alone names: rightly all but once.
    assert measured["ClassAccuracy"] == (0 if found[0][1] == 1 else 1)


@pytest.mark.parametrize("most", [1, 6])
def test_as_evaluation_counts(most: int) -> None:
    """With one object and one detection equal; with several, close: claims are made only once."""
    found, truths = random_set(np.random.default_rng(0), 400, most, most, classes=3)
    report = evaluate(found, truths, ("a", "b", "c"), score_threshold=0.5)
    for name, tolerance in (
        ("mean_iou", 0.02),
        ("localization_accuracy", 0.02),
        ("class_accuracy", 0.0),
        ("presence_accuracy", 0.0),
    ):
        kind = "".join(part.capitalize() for part in name.split("_")).replace("Iou", "IoU")
        metric = getattr(metrics, kind)()
        for start in range(0, 400, 50):
            metric.update_state(*padded(found[start : start + 50], truths[start : start + 50]))
        allowed = 1e-6 + (tolerance if most > 1 else 0.0)
        assert float(metric.result()) == pytest.approx(report.metrics[name], abs=allowed), name


def test_boxes_that_do_not_touch_score_nothing() -> None:
    metric = metrics.MeanIoU()
    found = {**FOUND, "boxes": ops.array([[[0.9, 0.9, 0.6, 0.6]]] * 5, "float32")}
    metric.update_state(TARGETS, found)
    assert float(metric.result()) == 0


def test_a_detection_that_touches_nothing_answers_for_nothing() -> None:
    found = matching.answers(PAIR, answers((FAR, 0, 0.9)), np.array([[True, False]]))
    assert not np.asarray(found["answered"]).any()
    assert not np.asarray(found["confident"]).any()
    np.testing.assert_array_equal(found["labels"], [[-1, -1, -1]])


def test_what_a_metric_of_ones_own_is_given() -> None:
    """Objects in the targets' order, with what answers for each; nothing where nothing does."""

    class Seen(metrics.LocalizationMetric):
        def measure(self, truth: dict, found: dict) -> tuple:
            self.truth, self.found = truth, found
            return found["iou"], found["answered"]

    metric = Seen()
    metric.update_state(PAIR, answers((RIGHT, 0, 0.9), (HALF, 1, 0.2), (FAR, 1, 0.1)))
    assert np.asarray(metric.truth["present"]).tolist() == [[1, 1, 0]]
    found = {
        key: np.asarray(value).tolist()
        for key, value in metric.found.items()
        if key != "detections"
    }
    assert found["answered"] == [[1, 1, 0]]  # FAR touches none and so claims none
    assert found["confident"] == [[0, 1, 0]]
    assert found["labels"] == [[1, 0, -1]]
    np.testing.assert_allclose(found["iou"], [[0.5, 1, 0]], rtol=1e-6)
    assert np.asarray(metric.found["detections"]["confident"]).tolist() == [[1, 0, 0, 0]]
    assert float(metric.result()) == pytest.approx(0.75)


def test_settings_survive_serialisation() -> None:
    metric = metrics.MeanIoU(name="strict", score_threshold=0.9)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert (again.name, again.score_threshold) == ("strict", 0.9)
    assert np.isclose(float(again.result()), 0)
