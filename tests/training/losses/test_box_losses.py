"""Box losses against hand-computed values and NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from objloc import boxes as geometry
from objloc.training.losses import BOX_LOSSES
from objloc.training.losses.box_losses import HUBER_DELTA

TRUTH = np.array([[0.2, 0.3, 0.6, 0.9]], "float32")
SHIFTED = TRUTH + np.float32(0.01)


@pytest.mark.parametrize("name", sorted(set(BOX_LOSSES) - {"bce"}))
def test_a_perfect_box_costs_nothing_and_a_worse_one_more(name: str) -> None:
    loss = BOX_LOSSES[name]
    assert float(loss(TRUTH, TRUTH)[0]) == pytest.approx(0, abs=1e-5)
    costs = [float(loss(TRUTH, TRUTH + np.float32(shift))[0]) for shift in (0.01, 0.05, 0.2)]
    assert 0 < costs[0] < costs[1] < costs[2]


def test_bce_of_a_perfect_box_is_the_entropy() -> None:
    entropy = -np.mean(TRUTH * np.log(TRUTH) + (1 - TRUTH) * np.log(1 - TRUTH))
    assert float(BOX_LOSSES["bce"](TRUTH, TRUTH)[0]) == pytest.approx(entropy, rel=1e-5)
    assert np.isfinite(
        BOX_LOSSES["bce"](np.eye(4, dtype="float32"), np.eye(4, dtype="float32"))
    ).all()


def test_values_by_hand() -> None:
    assert float(BOX_LOSSES["l1"](TRUTH, SHIFTED)[0]) == pytest.approx(0.01, rel=1e-4)
    assert float(BOX_LOSSES["mse"](TRUTH, SHIFTED)[0]) == pytest.approx(1e-4, rel=1e-3)
    small = 0.5 * 0.01**2 / HUBER_DELTA
    assert float(BOX_LOSSES["huber"](TRUTH, SHIFTED)[0]) == pytest.approx(small, rel=1e-3)
    far = 0.2 - HUBER_DELTA / 2
    assert float(BOX_LOSSES["huber"](TRUTH, TRUTH + np.float32(0.2))[0]) == pytest.approx(
        far, rel=1e-4
    )
    assert float(BOX_LOSSES["giou"](TRUTH, SHIFTED)[0]) == pytest.approx(
        1 - geometry.giou(SHIFTED, TRUTH)[0], rel=1e-4
    )
    theirs = (
        keras.losses.CIoU(bounding_box_format="xyxy") if hasattr(keras.losses, "CIoU") else None
    )
    if theirs is not None:
        assert float(theirs(TRUTH, SHIFTED)) == pytest.approx(
            float(BOX_LOSSES["ciou"](TRUTH, SHIFTED)[0]), rel=1e-3
        )


@pytest.mark.parametrize("name", ["giou", "ciou"])
def test_gradient_stays_finite_for_degenerate_boxes(name: str) -> None:
    import tensorflow as tf

    predicted = tf.Variable([[0.5, 0.5, 0.5, 0.5], [0.9, 0.9, 0.1, 0.1], [0.2, 0.3, 0.6, 0.9]])
    with tf.GradientTape() as tape:
        total = ops.sum(BOX_LOSSES[name](np.repeat(TRUTH, 3, axis=0), predicted))
    assert np.isfinite(tape.gradient(total, predicted)).all()
