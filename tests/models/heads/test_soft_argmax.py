"""The soft-argmax head reads coordinates off its heat maps."""

import numpy as np
import pytest
from keras import ops

from objloc.models.distributions import distribution_focal_loss, expectation
from objloc.models.heads.soft_argmax import SoftArgmax, log_marginal


def test_a_side_is_the_position_of_the_heat() -> None:
    heat = np.zeros((1, 2, 5, 5), "float32")
    heat[0, 0, 3, 1] = 50  # row 3, column 1
    heat[0, 1, 0, 2] = heat[0, 1, 4, 3] = 50  # between columns 2 and 3
    x = expectation(log_marginal(ops.array(heat), axis=-2))
    np.testing.assert_allclose(x, [[0.25, 0.625]], atol=1e-5)
    y = expectation(log_marginal(ops.array(heat), axis=-1))
    np.testing.assert_allclose(y, [[0.75, 0.5]], atol=1e-5)


def test_marginals_are_distributions_of_the_right_axes() -> None:
    head = SoftArgmax(3, stride=4, width=8, look_stride=8)
    shapes = {"4": (None, 6, 4, 8), "8": (None, 3, 2, 8)}
    head.build(shapes)
    outputs = head({key: ops.ones((2, *shape[1:])) for key, shape in shapes.items()})
    assert outputs["columns"].shape == (2, 2, 4)
    assert outputs["rows"].shape == (2, 2, 6)
    np.testing.assert_allclose(np.exp(outputs["rows"]).sum(axis=-1), 1, rtol=1e-5)
    assert outputs["class_logits"].shape == (2, 1, 3)


def test_distribution_loss_by_hand() -> None:
    even = np.full((1, 4, 5), -np.log(5), "float32")
    truth = np.array([[0.0, 0.125, 1.0, 1.4]], "float32")
    assert float(distribution_focal_loss(truth, even)[0]) == pytest.approx(np.log(5))
    sure = np.full((1, 4, 5), -30.0, "float32")
    sure[0, 0, 0] = sure[0, 2, 4] = sure[0, 3, 4] = 0  # beyond the border counts as the border
    sure[0, 1, :2] = -np.log(2)
    assert float(distribution_focal_loss(truth, sure)[0]) == pytest.approx(np.log(2) / 4)
