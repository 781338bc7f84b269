"""Whether an answer finds the object that a probe asks for, and how well."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from objloc import boxes as geometry
from objloc.evaluation.detections import Detections
from objloc.evaluation.matching import FOUND_IOU
from objloc.insight.probes.shown import Shown


@dataclass(frozen=True)
class Verdicts:
    """What became of n objects.

    Attributes:
        overlap: (n,) IoU of the detection over the threshold that fits best, whatever its class; 0
            where none touches.
        found: (n,) does a detection over the threshold reach an IoU of .5 with the right class?
        offset: (n, 2) from the object's centre to that detection's, x and y in pixels; NaN where
            the object is not found.
    """

    overlap: Float64[np.ndarray, " n"]
    found: Bool[np.ndarray, " n"]
    offset: Float64[np.ndarray, "n 2"]


def verdicts(
    answers: Sequence[Detections], shown: Sequence[Shown], score_threshold: float
) -> Verdicts:
    """Judges the answer to each picture."""
    overlap = np.zeros(len(shown))
    found = np.zeros(len(shown), bool)
    offset = np.full((len(shown), 2), np.nan)
    for row, (answer, one) in enumerate(zip(answers, shown, strict=True)):
        kept = answer.over(score_threshold)
        if not len(kept):
            continue
        overlaps = geometry.iou(kept.boxes, one.box[None])  # (D,)
        overlap[row] = overlaps.max()
        named = np.where(kept.labels == one.label, overlaps, 0.0)
        best = int(np.argmax(named))
        if named[best] >= FOUND_IOU:
            found[row] = True
            middle = (kept.boxes[best, :2] + kept.boxes[best, 2:]) / 2
            offset[row] = middle - (one.box[:2] + one.box[2:]) / 2
    return Verdicts(overlap, found, offset)
