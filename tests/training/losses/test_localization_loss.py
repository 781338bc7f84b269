"""The weighted sum, by hand, for a head with one candidate and for the grid."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from objloc.errors import ConfigError
from objloc.models.heads.grid import Grid
from objloc.models.heads.regression import Regression
from objloc.training import LocalizationLoss

WEIGHTS = {"box": 2.0, "class": 3.0, "objectness": 0.5}
TARGETS = {
    "boxes": ops.array([[[0.2, 0.2, 0.6, 0.6]], [[0, 0, 0, 0]]], "float32"),
    "labels": ops.array([[1], [-1]], "int32"),
}
OUTPUTS = {
    "boxes": ops.array([[[0.3, 0.2, 0.6, 0.6]], [[0.1, 0.1, 0.9, 0.9]]], "float32"),
    "class_logits": ops.array([[[0.0, 0.0]], [[9.0, 0.0]]], "float32"),
    "objectness": ops.array([[0.0], [2.0]], "float32"),
}


def losses(**options: object) -> dict[str, float]:
    loss = LocalizationLoss(WEIGHTS, **options)
    return {key: float(value) for key, value in loss(Regression(2), TARGETS, OUTPUTS).items()}


def test_parts_and_sum_by_hand() -> None:
    found = losses(box="l1")
    assert found["loss_box"] == pytest.approx(0.1 / 4)  # the image without object does not count
    assert found["loss_class"] == pytest.approx(np.log(2))
    objectness = (np.log(2) + 2 + np.log1p(np.exp(-2))) / 2
    assert found["loss_objectness"] == pytest.approx(objectness, rel=1e-5)
    expected = 2 * found["loss_box"] + 3 * found["loss_class"] + 0.5 * found["loss_objectness"]
    assert found["loss"] == pytest.approx(expected)


def test_label_smoothing_and_focal_by_hand() -> None:
    smooth = losses(label_smoothing=0.2)
    assert smooth["loss_class"] == pytest.approx(np.log(2))  # even logits: any target costs log 2
    focal = losses(objectness="focal", focal_gamma=2.0, focal_alpha=0.25)
    sure = 1 / (1 + np.exp(-2))
    easy, hard = 0.25 * 0.5**2 * np.log(2), 0.75 * sure**2 * (2 + np.log1p(np.exp(-2)))
    assert focal["loss_objectness"] == pytest.approx((easy + hard) / 2, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_loss_has_a_gradient_where_an_answer_is_perfect(gamma: float) -> None:
    loss = LocalizationLoss(WEIGHTS, objectness="focal", focal_gamma=gamma)
    logits = tf.Variable([[30.0], [-200.0]])
    with tf.GradientTape() as tape:
        value = loss(Regression(2), TARGETS, {**OUTPUTS, "objectness": logits})["loss"]
    assert np.isfinite(tape.gradient(value, logits).numpy()).all()


def test_a_batch_without_objects_has_no_box_loss_and_no_nan() -> None:
    nothing = {"boxes": ops.zeros((2, 1, 4)), "labels": ops.full((2, 1), -1, "int32")}
    found = LocalizationLoss(WEIGHTS)(Regression(2), nothing, OUTPUTS)
    assert float(found["loss_box"]) == 0
    assert float(found["loss_class"]) == 0
    assert np.isfinite(float(found["loss"]))


def test_the_heads_own_terms_are_added() -> None:
    head = Grid(2, width=8)
    head.build({"8": (None, 4, 4, 8)})
    outputs = head({"8": ops.ones((2, 4, 4, 8))})
    loss = LocalizationLoss(WEIGHTS)
    found = loss(head, TARGETS, outputs)
    assert set(found) == {"loss", *loss.names(head)}
    parts = sum(WEIGHTS[part] * float(found[f"loss_{part}"]) for part in WEIGHTS)
    assert float(found["loss"]) == pytest.approx(
        parts + float(found["loss_distribution"]), rel=1e-5
    )


def test_a_term_without_weight_is_left_out() -> None:
    head = Grid(2, width=8, distribution_weight=0.0)
    head.build({"8": (None, 4, 4, 8)})
    loss = LocalizationLoss(WEIGHTS)
    assert loss.names(head) == ["loss_box", "loss_class", "loss_objectness"]
    found = loss(head, TARGETS, head({"8": ops.ones((2, 4, 4, 8))}))
    assert set(found) == {"loss", *loss.names(head)}


def test_unknown_names_and_missing_weights_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"loss\.box=iou: it is one of bce, l1"):
        LocalizationLoss(WEIGHTS, box="iou")
    with pytest.raises(ConfigError, match=r"loss\.objectness=hinge"):
        LocalizationLoss(WEIGHTS, objectness="hinge")
    with pytest.raises(ConfigError, match=r"it needs box, class, objectness"):
        LocalizationLoss({"box": 1.0})
