"""Which class is taken for which, with what is missed and what is seen in the background."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from objloc.evaluation.matching import Matches


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


def confusion_matrix(matches: Matches, class_names: Sequence[str]) -> ConfusionMatrix:
    """The matrix of detections over the threshold.

    An object that is found too inexactly (IoU < .5) is missed, and the detection that answers for
    it is one of the background.
    """
    classes = len(class_names)
    counts = np.zeros((classes + 1, classes + 1), np.int64)
    finds = np.flatnonzero(matches.detection_object >= 0)
    found = matches.detection_object[finds]
    np.add.at(counts, (matches.object_label[found], matches.detection_label[finds]), 1)
    missed = np.ones(len(matches.object_label), np.bool_)
    missed[found] = False
    np.add.at(counts[:, classes], matches.object_label[missed], 1)
    background = (matches.detection_object < 0) & ~matches.detection_aside
    np.add.at(counts[classes], matches.detection_label[background], 1)
    return ConfusionMatrix(counts, (*class_names, "background"), (*class_names, "missed"))


def class_details(
    confusion: ConfusionMatrix,
    class_ap50: Float64[np.ndarray, " c"],
    class_mean_iou: Float64[np.ndarray, " c"],
) -> tuple[ClassDetail, ...]:
    """One row a class, from the matrix and what was measured elsewhere."""
    objects = confusion.counts[:-1].sum(axis=1)
    detections = confusion.counts[:, :-1].sum(axis=0)
    return tuple(
        ClassDetail(
            name=confusion.rows[label],
            objects=int(objects[label]),
            detections=int(detections[label]),
            precision=_share(confusion.counts[label, label], detections[label]),
            recall=_share(confusion.counts[label, label], objects[label]),
            # The harmonic mean of both, also where one of them has nothing to measure.
            f1=_share(2 * confusion.counts[label, label], objects[label] + detections[label]),
            ap50=float(class_ap50[label]),
            mean_iou=float(class_mean_iou[label]),
        )
        for label in range(len(objects))
    )


def _share(part: np.int64, whole: np.int64) -> float:
    """Part of a whole; NaN of nothing."""
    return float(part / whole) if whole else float("nan")
