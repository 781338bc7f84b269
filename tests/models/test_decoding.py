"""From candidates to the one detection."""

import numpy as np
import pytest
from keras import ops

from objloc.models import decode


def outputs(boxes: list, objectness: list[float], classes: list[list[float]]) -> dict:
    return {
        "boxes": ops.array([boxes], "float32"),
        "objectness": ops.array([objectness], "float32"),
        "class_logits": ops.array([classes], "float32"),
    }


def test_score_is_objectness_times_class_probability() -> None:
    found = decode(outputs([[0.1, 0.1, 0.4, 0.5]], [0.0], [[0.0, np.log(3)]]))
    assert float(found["scores"][0, 0]) == pytest.approx(0.5 * 0.75)
    assert int(found["labels"][0, 0]) == 1
    np.testing.assert_allclose(found["boxes"][0, 0], [0.1, 0.1, 0.4, 0.5])


def test_agreeing_candidates_vote_and_others_do_not() -> None:
    best, near, far = [0.2, 0.2, 0.6, 0.6], [0.22, 0.2, 0.62, 0.6], [0.7, 0.7, 0.9, 0.9]
    other_class = [0.2, 0.2, 0.6, 0.62]
    even = [10.0, -10.0]
    found = decode(
        outputs([best, near, far, other_class], [2, 1, 1.5, 1], [even, even, even, [-10, 10]])
    )
    weights = 1 / (1 + np.exp(-np.array([2.0, 1.0])))
    expected = np.average([best, near], axis=0, weights=weights)
    np.testing.assert_allclose(found["boxes"][0, 0], expected, atol=1e-6)
    single = decode(outputs([best, near], [2, 1], [even, even]), vote_iou=1.0)
    np.testing.assert_allclose(single["boxes"][0, 0], best)


def test_a_box_without_area_stays_as_it_is() -> None:
    found = decode(outputs([[0.3, 0.3, 0.3, 0.3], [0.9, 0.9, 1, 1]], [5, -5], [[0.0], [0.0]]))
    np.testing.assert_allclose(found["boxes"][0, 0], [0.3, 0.3, 0.3, 0.3])
