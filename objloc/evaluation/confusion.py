"""Which class is taken for which, with what is missed and what is seen in the background."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64


@dataclass(frozen=True)
class ConfusionMatrix:
    """Objects' classes against the classes of the detections that find them with IoU >= .5.

    Attributes:
        counts: (C + 1, C + 1). Row: an object's class, the last one "background" (detections that
            find no object). Column: a detection's class, the last one "missed" (objects that no
            detection finds). The last cell is 0. Rows but the last sum to the objects of a class,
            columns but the last to its detections, those set aside left out.
        rows: the class names and "background".
        columns: the class names and "missed".
    """

    counts: Int64[np.ndarray, "k k"]
    rows: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ClassDetail:
    """How one class fares at the score threshold; NaN where there is nothing to measure.

    Attributes:
        name: of the class.
        objects: how many there are.
        detections: how many carry its name, those set aside left out.
        precision: share of these detections that are right (IoU >= .5 and the class).
        recall: share of the objects that a right detection answers for.
        f1: harmonic mean of both.
        ap50: COCO's, at IoU .5, over all scores.
        mean_iou: over the objects, as in `Report`.
    """

    name: str
    objects: int
    detections: int
    precision: float
    recall: float
    f1: float
    ap50: float
    mean_iou: float
