"""The regression head's readings."""

import numpy as np
import pytest
from keras import ops

from objloc.models.heads import Regression


def test_soft_argmax_reads_the_position_of_the_heat() -> None:
    head = Regression(1, "soft_argmax", stride=8)
    head.build({"8": (None, 4, 4, 4), "16": (None, 2, 2, 4)})
    head.heat.kernel.assign(50 * np.eye(4, dtype="float32")[None, None])
    features = np.zeros((1, 4, 4, 4), "float32")
    # Channel i is the heat of side i: x1 and y1 in the first cell, x2 and y2 in the last.
    features[0, 0, 0, :2] = 1
    features[0, 3, 3, 2:] = 1
    outputs = head({"8": ops.array(features), "16": ops.zeros((1, 2, 2, 4))})
    np.testing.assert_allclose(outputs["boxes"][0, 0], [0.125, 0.125, 0.875, 0.875], atol=1e-4)


def test_always_present_is_sure() -> None:
    head = Regression(1, "pool", always_present=True)
    outputs = head({"8": ops.zeros((2, 4, 4, 4))})
    assert float(ops.min(ops.sigmoid(outputs["objectness"]))) > 0.999


def test_an_unknown_reading_is_named() -> None:
    with pytest.raises(ValueError, match=r"head\.reading=sideways: it is flatten, pool"):
        Regression(1, "sideways")
