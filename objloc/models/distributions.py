"""Coordinates as distributions over evenly spaced bins."""

from typing import Any

import numpy as np
from keras import ops

_TINY = 1e-30
"""Stands in for 0 in a logarithm that is multiplied by 0."""


def expectation(log_probabilities: Any) -> Any:
    """Mean (...), in 0..1, of (..., bins) log probabilities over bins evenly spaced from 0 to 1."""
    values = np.linspace(0, 1, log_probabilities.shape[-1], dtype="float32")
    return ops.sum(ops.exp(log_probabilities) * values, axis=-1)


def distribution_focal_loss(truth: Any, log_probabilities: Any) -> Any:
    """Cross-entropy with the two bins beside the true value: Li et al. 2020, "Generalized Focal
    Loss", equation 6.

    Args:
        truth: (..., n) values; beyond 0..1 the outer bin is the target.
        log_probabilities: (..., n, bins) over bins evenly spaced from 0 to 1.

    Returns:
        The mean over the n values (...).
    """
    weights = _shares(truth, log_probabilities.shape[-1])
    return -ops.mean(ops.sum(weights * log_probabilities, axis=-1), axis=-1)


def distribution_focal_floor(truth: Any, bins: int) -> Any:
    """The least that `distribution_focal_loss` can be: the entropy of the two bins' shares.

    It is reached by the distribution that puts exactly these shares there, whose expectation is
    the truth. It is 0 where the truth falls on a bin, log 2 in the middle between two.

    Args:
        truth: (..., n) values, as for the loss.
        bins: how many there are.

    Returns:
        The mean over the n values (...).
    """
    weights = _shares(truth, bins)  # (..., n, bins)
    return -ops.mean(ops.sum(weights * ops.log(ops.maximum(weights, _TINY)), axis=-1), axis=-1)


def _shares(truth: Any, bins: int) -> Any:
    """How the two bins beside a value (..., n) share it: (..., n, bins), their sum 1."""
    position = ops.clip(truth, 0, 1) * (bins - 1)
    return ops.relu(1 - ops.abs(position[..., None] - np.arange(bins, dtype="float32")))
