"""The four metrics on four images by hand; they reset."""

import keras
import numpy as np
import pytest
from keras import ops

from objloc.training import metrics

# Found well; found with the wrong class; missed (score below .5); rightly nothing; false alarm.
TARGETS = {
    "boxes": ops.array(
        [
            [[0, 0, 0.5, 0.5]],
            [[0, 0, 0.5, 0.5]],
            [[0, 0, 0.5, 0.5]],
            [[0, 0, 0, 0]],
            [[0, 0, 0, 0]],
        ],
        "float32",
    ),
    "labels": ops.array([[0], [1], [0], [-1], [-1]], "int32"),
}
OUTPUTS = {
    "boxes": ops.array([[[0, 0, 0.5, 0.4]]] + [[[0, 0, 0.5, 0.5]]] * 4, "float32"),
    "class_logits": ops.array([[[20.0, 0.0]]] * 5, "float32"),
    "objectness": ops.array([[4.0], [4.0], [-4.0], [-4.0], [4.0]], "float32"),
}
EXPECTED = {
    "MeanIoU": (0.8 + 1.0 + 0.0) / 3,
    "LocalizationAccuracy": 2 / 5,
    "ClassAccuracy": 2 / 3,
    "PresenceAccuracy": 3 / 5,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_values_by_hand_over_two_batches(name: str) -> None:
    metric = getattr(metrics, name)(name="m")
    for rows in (slice(0, 2), slice(2, 5)):
        metric.update_state(
            {key: value[rows] for key, value in TARGETS.items()},
            {key: value[rows] for key, value in OUTPUTS.items()},
        )
    assert float(metric.result()) == pytest.approx(EXPECTED[name])
    metric.reset_state()
    assert float(metric.result()) == 0


def test_boxes_that_do_not_touch_score_nothing() -> None:
    metric = metrics.MeanIoU()
    outputs = {**OUTPUTS, "boxes": ops.array([[[0.9, 0.9, 0.6, 0.6]]] * 5, "float32")}
    metric.update_state(TARGETS, outputs)
    assert float(metric.result()) == 0


def test_settings_survive_serialisation() -> None:
    metric = metrics.MeanIoU(name="strict", score_threshold=0.9)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert (again.name, again.score_threshold) == ("strict", 0.9)
    assert np.isclose(float(again.result()), 0)
