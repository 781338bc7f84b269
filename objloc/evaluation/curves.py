"""Curves over a threshold: precision against recall, and recall against IoU."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64


@dataclass(frozen=True)
class PrecisionRecall:
    """Precision and recall at every score that occurs, detections matched as COCO does.

    Attributes:
        name: of the class; None for all classes pooled.
        iou: from which IoU on a detection finds an object.
        objects: how many there are to find.
        score: (P,) falling: each score that occurs.
        precision: (P,) of the detections with at least that score.
        recall: (P,) the same; NaN without objects.
        interpolated: (101,) the highest precision at a recall of at least 0, .01, … 1, as COCO
            averages it; small enough to plot. NaN without objects.
        ap: mean of `interpolated`.
    """

    name: str | None
    iou: float
    objects: int
    score: Float64[np.ndarray, " p"]
    precision: Float64[np.ndarray, " p"]
    recall: Float64[np.ndarray, " p"]
    interpolated: Float64[np.ndarray, " 101"]
    ap: float


@dataclass(frozen=True)
class IouRecall:
    """Which share of the objects is found how exactly, at the score threshold.

    Attributes:
        iou: (100,) .01, .02, … 1.
        found: (100,) share of the objects whose detection reaches that IoU, whatever its class.
        named: (100,) share whose detection does and has the right class.
    """

    iou: Float64[np.ndarray, " 100"]
    found: Float64[np.ndarray, " 100"]
    named: Float64[np.ndarray, " 100"]
