"""How far a box is from the truth: one function per name that ``loss.box`` may have."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from objloc import boxes as geometry

HUBER_DELTA = 0.05
"""Where Huber's loss turns from square to straight, in shares of the picture's side: errors of a
few pixels are still on the square part, as they are not in sizes of 0..1 with the usual 1."""


def bce(truth: Any, predicted: Any) -> Any:
    """Binary cross-entropy of coordinates in 0..1, (..., 4) to (...).

    The truth is no bit but a share, so the loss of a perfect box is its entropy, not 0.
    """
    return ops.mean(_bce_elementwise(truth, predicted), axis=-1)


def _bce_elementwise(truth: Any, predicted: Any) -> Any:
    predicted = ops.clip(predicted, geometry.EPSILON, 1 - geometry.EPSILON)
    return -truth * ops.log(predicted) - (1 - truth) * ops.log(1 - predicted)


def l1(truth: Any, predicted: Any) -> Any:
    """Mean absolute error of the four coordinates, (..., 4) to (...)."""
    return ops.mean(ops.abs(truth - predicted), axis=-1)


def mse(truth: Any, predicted: Any) -> Any:
    """Mean squared error of the four coordinates, (..., 4) to (...)."""
    return ops.mean(ops.square(truth - predicted), axis=-1)


def huber(truth: Any, predicted: Any) -> Any:
    """Huber's loss of the four coordinates over its delta, (..., 4) to (...)."""
    return keras.losses.huber(truth, predicted, delta=HUBER_DELTA) / HUBER_DELTA


def giou(truth: Any, predicted: Any) -> Any:
    """1 - GIoU, in 0..2, (..., 4) to (...)."""
    return 1 - geometry.giou(predicted, truth, xp=ops)


def ciou(truth: Any, predicted: Any) -> Any:
    """1 - CIoU, (..., 4) to (...)."""
    return 1 - geometry.ciou(predicted, truth, xp=ops)


BOX_LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    function.__name__: function for function in (bce, l1, mse, huber, giou, ciou)
}
