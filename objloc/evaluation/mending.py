"""What a metric would gain if one kind of error were mended, all others left as they are.

- class_wrong: the detection gets the object's class.
- centre_off, size_off, shape_off: its box gets that one correction. It stays wrong where this does
  not lift the IoU to .5, or where the class is wrong as well.
- missed: the object is found exactly, with a score of 1. (TIDE drops the object instead; a class of
  which all are missed would then have no AP.)
- imagined, duplicate: the detection is dropped.

The gains of several kinds do not add up: an image or a curve may need all of them.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int64

from objloc import boxes as box_geometry
from objloc.evaluation.coco_matching import rank
from objloc.evaluation.columns import Columns
from objloc.evaluation.corrections import CORRECTIONS
from objloc.evaluation.kinds import ERRORS, code
from objloc.evaluation.matching import FOUND_IOU, Matches
from objloc.evaluation.weighted_precision import mean_over_classes, weighted_average_precision


@dataclass(frozen=True)
class Mistakes:
    """What `error_split` found out.

    Attributes:
        shown: the objects to be found and the detections over the threshold.
        matches: of these.
        object_kind: (M,) each object's kind.
        detection_kind: (K,) each detection's kind.
        corrected: (M, 4) the box of its detection with the correction of its kind; else NaN.
    """

    shown: Columns
    matches: Matches
    object_kind: Int8[np.ndarray, " m"]
    detection_kind: Int8[np.ndarray, " k"]
    corrected: Float64[np.ndarray, "m 4"]


def localization_rises(
    mistakes: Mistakes, image_counts: Int64[np.ndarray, "i 8"]
) -> dict[str, float]:
    """By kind of error the gain in localization accuracy; NaN without images."""
    images = len(image_counts)
    if images == 0:
        return dict.fromkeys(ERRORS, float("nan"))
    errors = image_counts[:, 1:].sum(axis=1)
    gains = {}
    for kind in ERRORS:
        mended = image_counts[:, code(kind)]
        if kind in CORRECTIONS:
            helped = mistakes.matches.object_image[_helped(mistakes, kind)]
            mended = np.bincount(helped, minlength=images)
        gains[kind] = float(np.mean(errors == mended) - np.mean(errors == 0))
    return gains


def ap50_rises(
    mistakes: Mistakes,
    table: Columns,
    kept: Bool[np.ndarray, " all"],
    num_classes: int,
    score_floor: float,
) -> dict[str, float]:
    """By kind of error the gain in AP50; NaN without objects.

    Args:
        mistakes: among the detections over the threshold.
        table: all objects, and all detections, which AP counts down to the floor.
        kept: those over the threshold.
        num_classes: of labels 0..C-1.
        score_floor: from which score on detections count.
    """
    before = _ap50(table, num_classes, score_floor)
    return {
        kind: _ap50(_mend(mistakes, table, kept, kind), num_classes, score_floor) - before
        if (mistakes.object_kind == code(kind)).any()
        or (mistakes.detection_kind == code(kind)).any()
        else 0.0 * before  # NaN stays NaN
        for kind in ERRORS
    }


def _helped(mistakes: Mistakes, kind: str) -> Int64[np.ndarray, " n"]:
    """The objects of a kind of location error that its correction makes right."""
    matches = mistakes.matches
    mine = np.flatnonzero(mistakes.object_kind == code(kind))
    named = matches.detection_label[matches.object_detection[mine]] == matches.object_label[mine]
    iou = box_geometry.iou(mistakes.corrected[mine], mistakes.shown.object_box[mine])
    return mine[named & (iou >= FOUND_IOU)]


def _mend(mistakes: Mistakes, table: Columns, kept: Bool[np.ndarray, " all"], kind: str) -> Columns:
    """All objects and detections with one kind of error mended."""
    shown = mistakes.shown
    mine = np.flatnonzero(mistakes.object_kind == code(kind))
    place = np.flatnonzero(kept)  # of each detection over the threshold among all of them
    if kind == "missed":
        return replace(
            table,
            detection_image=np.append(table.detection_image, shown.object_image[mine]),
            detection_box=np.append(table.detection_box, shown.object_box[mine], axis=0),
            detection_label=np.append(table.detection_label, shown.object_label[mine]),
            detection_score=np.append(table.detection_score, np.ones(len(mine))),
        )
    if kind in ("imagined", "duplicate"):
        stays = np.ones(len(kept), np.bool_)
        stays[place[mistakes.detection_kind == code(kind)]] = False
        return table.with_detections(stays)
    detection = place[mistakes.matches.object_detection[mine]]
    if kind == "class_wrong":
        label = table.detection_label.copy()
        label[detection] = shown.object_label[mine]
        return replace(table, detection_label=label)
    box = table.detection_box.copy()
    box[detection] = mistakes.corrected[mine]
    return replace(table, detection_box=box)


def _ap50(table: Columns, num_classes: int, score_floor: float) -> float:
    """AP50 of the detections that reach the floor."""
    table = table.with_detections(table.detection_score.astype(np.float32) >= score_floor)
    ranking = rank(table, num_classes, np.array([FOUND_IOU]))
    once = np.ones((len(table.sizes), 1), np.int64)
    return float(mean_over_classes(weighted_average_precision(ranking, once)[0])[0])
