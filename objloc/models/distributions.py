"""Coordinates as distributions over evenly spaced bins."""

from typing import Any

import numpy as np
from keras import ops


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
    bins = log_probabilities.shape[-1]
    position = ops.clip(truth, 0, 1) * (bins - 1)
    weights = ops.relu(1 - ops.abs(position[..., None] - np.arange(bins, dtype="float32")))
    return -ops.mean(ops.sum(weights * log_probabilities, axis=-1), axis=-1)
