"""Whether scores mean what they say: expected calibration error and its bins."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64


@dataclass(frozen=True)
class Calibration:
    """Scores against how often they are right (IoU >= .5 with an object of that class).

    Attributes:
        edges: (B + 1,) of the bins, over 0..1; equally wide.
        count: (B,) detections in each bin.
        score: (B,) their mean score; NaN in an empty bin.
        right: (B,) the share of them that are right; NaN in an empty bin.
        ece: expected calibration error, 0..1: mean of |right - score|, weighted by `count`.
        adaptive_ece: the same over bins that hold equally many detections.
    """

    edges: Float64[np.ndarray, " e"]
    count: Int64[np.ndarray, " b"]
    score: Float64[np.ndarray, " b"]
    right: Float64[np.ndarray, " b"]
    ece: float
    adaptive_ece: float


def calibrate(
    scores: Float64[np.ndarray, " k"], right: Bool[np.ndarray, " k"], bins: int = 10
) -> Calibration:
    """Bins detections by score (Guo et al. 2017, "On Calibration of Modern Neural Networks").

    Bin b holds the scores in edges[b] <= score < edges[b + 1], the last one 1 too. With few
    detections the value depends on the bins: `adaptive_ece` (Nguyen and O'Connor 2015) sorts the
    detections into at most `bins` bins of equal number instead, detections of one score in one bin.

    Args:
        scores: 0..1.
        right: which of the detections are.
        bins: how many.
    """
    edges = np.linspace(0, 1, bins + 1)
    equally_wide = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, bins - 1)
    count, score, share = _bins(equally_wide, scores, right, bins)
    order = np.sort(scores)
    # The bin of a score is that of the first detection that has it.
    equally_many = np.searchsorted(order, scores, side="left") * bins // max(len(scores), 1)
    return Calibration(
        edges=edges,
        count=count,
        score=score,
        right=share,
        ece=_error(count, score, share),
        adaptive_ece=_error(*_bins(equally_many, scores, right, bins)),
    )


def _bins(
    which: Int64[np.ndarray, " k"],
    scores: Float64[np.ndarray, " k"],
    right: Bool[np.ndarray, " k"],
    bins: int,
) -> tuple[Int64[np.ndarray, " b"], Float64[np.ndarray, " b"], Float64[np.ndarray, " b"]]:
    """Number, mean score and share right of each bin's detections; NaN in an empty bin."""
    count = np.bincount(which, minlength=bins)
    divisor = np.where(count > 0, count, np.nan)
    score = np.bincount(which, weights=scores, minlength=bins) / divisor
    return count, score, np.bincount(which, weights=right, minlength=bins) / divisor


def _error(
    count: Int64[np.ndarray, " b"],
    score: Float64[np.ndarray, " b"],
    right: Float64[np.ndarray, " b"],
) -> float:
    """The mean distance of score and share right, weighted by number; NaN of nothing."""
    filled = count > 0
    if not filled.any():
        return float("nan")
    return float(np.average(np.abs(score - right)[filled], weights=count[filled]))
