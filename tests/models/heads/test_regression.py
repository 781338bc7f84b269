"""The regression head's readings and its constant presence."""

import pytest
from keras import ops

from objloc.errors import ConfigError
from objloc.models.heads.regression import Regression


def test_always_present_is_sure() -> None:
    head = Regression(1, "pool", always_present=True)
    outputs = head({"8": ops.zeros((2, 4, 4, 4))})
    assert float(ops.min(ops.sigmoid(outputs["objectness"]))) > 0.999


def test_an_unknown_reading_is_named() -> None:
    with pytest.raises(ConfigError, match=r"head\.reading=sideways: it is flatten or pool"):
        Regression(1, "sideways")
