"""Whether scores mean what they say: expected calibration error and its bins."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64


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

    edges: Float64[np.ndarray, " b+1"]
    count: Int64[np.ndarray, " b"]
    score: Float64[np.ndarray, " b"]
    right: Float64[np.ndarray, " b"]
    ece: float
    adaptive_ece: float
