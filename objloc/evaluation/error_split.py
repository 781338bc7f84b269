"""What is wrong with each object and detection, and what mending one kind of error would bring.

After TIDE (Bolya et al. 2020, "TIDE: A General Toolbox for Identifying Object Detection Errors"):
each mistake has one kind, and a kind weighs what AP would gain without it. Unlike TIDE's, the
split looks at detections over the score threshold, the ones a user sees, and takes its one kind of
location error apart into three.

An object, with the detection that answers for it (`match`), is

- right: IoU >= .5 and the right class;
- class_wrong: IoU >= .5 and another class;
- centre_off, size_off or shape_off: IoU from .1 to less than .5, whatever the class. The one that,
  set right alone, lifts the IoU most; the first of equal ones. The centre: the box is moved onto
  the object's centre. The size: it is given the object's area about its own centre, width and
  height in the same ratio. The shape: it is given the object's ratio of width to height about its
  own centre, with the same area;
- missed: an IoU of less than .1, or no detection at all.

A detection shares the kind of the object that it answers for, but for a missed one. Any other is

- duplicate: it has an IoU of at least .1 with an object that another detection answers for;
- imagined: it has not;

or lies in a box marked "ignore" and is set aside. So each object has one of six kinds, and each
detection not set aside either answers for an object or has one of two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int64

from objloc import boxes as box_geometry
from objloc.evaluation.breakdown import Breakdown, break_down
from objloc.evaluation.columns import Columns, best_object
from objloc.evaluation.corrections import CORRECTIONS, correct
from objloc.evaluation.kinds import KINDS, code
from objloc.evaluation.matching import FOUND_IOU, Matches
from objloc.evaluation.mending import Mistakes, ap50_rises, localization_rises

TOUCH_IOU = 0.1
"""Below this IoU a detection and an object have nothing to do with each other (TIDE's limit)."""

ASIDE = -1
"""The kind of a detection that lies in a box marked "ignore": neither right nor wrong."""


@dataclass(frozen=True)
class ErrorSplit:
    """Each object and each detection over the score threshold, by its fate.

    Attributes:
        object_image: (M,) the index of each object's image; boxes marked "ignore" left out.
        object_kind: (M,) index into `KINDS`.
        object_iou: (M,) IoU with the detection that answers for it, 0 if none does.
        object_detection: (M,) the index of that detection in 0..K-1, -1 if none does.
        detection_image: (K,) the index of each detection's image.
        detection_kind: (K,) index into `KINDS` (that of the object it answers for), or `ASIDE`.
        image_counts: (I, 8) of each image, in the order of `KINDS`.
        counts: (8,) their sum.
        shares: (8,) of all objects, imagined and duplicate detections; they sum to 1.
        ap50_rise: by kind of error: what AP50 would gain if that were mended (`mending`).
        localization_accuracy_rise: the same for localization accuracy.
        by_size: objects by COCO's areas: small (< 32² pixels), medium (< 96²), large.
        by_relative_size: by the share of the picture that the box covers.
        by_position: by the ninth of the picture that the box's centre lies in.
        by_class: by class.
    """

    object_image: Int64[np.ndarray, " m"]
    object_kind: Int8[np.ndarray, " m"]
    object_iou: Float64[np.ndarray, " m"]
    object_detection: Int64[np.ndarray, " m"]
    detection_image: Int64[np.ndarray, " k"]
    detection_kind: Int8[np.ndarray, " k"]
    image_counts: Int64[np.ndarray, "i 8"]
    counts: Int64[np.ndarray, " 8"]
    shares: Float64[np.ndarray, " 8"]
    ap50_rise: Mapping[str, float]
    localization_accuracy_rise: Mapping[str, float]
    by_size: Breakdown
    by_relative_size: Breakdown
    by_position: Breakdown
    by_class: Breakdown

    def images_of(self, kind: str) -> Int64[np.ndarray, " n"]:
        """Indices of the images with an error of that kind, those with most of them first."""
        count = self.image_counts[:, KINDS.index(kind)]
        order = np.argsort(-count, kind="stable")
        return order[count[order] > 0].astype(np.int64)


def split_errors(
    table: Columns,
    kept: Bool[np.ndarray, " all"],
    matches: Matches,
    class_names: Sequence[str],
    score_floor: float,
) -> ErrorSplit:
    """Tells the kinds.

    Args:
        table: all objects and all detections.
        kept: the detections over the score threshold.
        matches: of these with the objects to be found.
        class_names: names of the labels.
        score_floor: from which score on detections count for AP.
    """
    shown = table.with_detections(kept).without_ignored()
    object_kind, corrected = _object_kinds(shown, matches)
    detection_kind = _detection_kinds(shown, matches, object_kind)
    extra = np.isin(detection_kind, [code("imagined"), code("duplicate")])
    image = np.concatenate([matches.object_image, matches.detection_image[extra]])
    kind = np.concatenate([object_kind, detection_kind[extra]]).astype(np.int64)
    box = np.concatenate([shown.object_box, shown.detection_box[extra]])
    area = np.concatenate([shown.object_area, box_geometry.area(shown.detection_box[extra])])
    label = np.concatenate([shown.object_label, shown.detection_label[extra]])
    images = len(table.sizes)
    image_counts = np.zeros((images, len(KINDS)), np.int64)
    np.add.at(image_counts, (image, kind), 1)
    counts = image_counts.sum(axis=0)
    mistakes = Mistakes(shown, matches, object_kind, detection_kind, corrected)
    by = break_down(kind, box, area, label, table.sizes[image], class_names)
    return ErrorSplit(
        object_image=matches.object_image,
        object_kind=object_kind,
        object_iou=matches.object_iou,
        object_detection=matches.object_detection,
        detection_image=matches.detection_image,
        detection_kind=detection_kind,
        image_counts=image_counts,
        counts=counts,
        shares=counts / counts.sum() if counts.sum() else np.full(len(KINDS), np.nan),
        ap50_rise=ap50_rises(mistakes, table, kept, len(class_names), score_floor),
        localization_accuracy_rise=localization_rises(mistakes, image_counts),
        by_size=by["size"],
        by_relative_size=by["relative_size"],
        by_position=by["position"],
        by_class=by["class"],
    )


def _object_kinds(
    shown: Columns, matches: Matches
) -> tuple[Int8[np.ndarray, " m"], Float64[np.ndarray, "m 4"]]:
    """Each object's kind, and the box of its detection with the one correction that helps most.

    NaN for the boxes of objects that are not located wrongly.
    """
    kind = np.full(len(matches.object_iou), code("missed"), np.int8)
    corrected = np.full((len(kind), 4), np.nan)
    found = np.flatnonzero(matches.object_iou >= FOUND_IOU)
    named = matches.detection_label[matches.object_detection[found]] == matches.object_label[found]
    kind[found] = np.where(named, code("right"), code("class_wrong"))
    near = np.flatnonzero((matches.object_iou >= TOUCH_IOU) & (matches.object_iou < FOUND_IOU))
    objects = shown.object_box[near]
    boxes = correct(shown.detection_box[matches.object_detection[near]], objects)  # [3, n, 4]
    most = box_geometry.iou(boxes, objects).argmax(axis=0)
    kind[near] = np.array([code(name) for name in CORRECTIONS], np.int8)[most]
    corrected[near] = boxes[most, np.arange(len(near))]
    return kind, corrected


def _detection_kinds(
    shown: Columns, matches: Matches, object_kind: Int8[np.ndarray, " m"]
) -> Int8[np.ndarray, " k"]:
    """Each detection's kind, or `ASIDE`."""
    kind = np.full(len(matches.detection_image), code("imagined"), np.int8)
    kind[matches.detection_aside] = ASIDE
    answered = np.flatnonzero(object_kind != code("missed"))
    kind[matches.object_detection[answered]] = object_kind[answered]
    without = np.flatnonzero(matches.idle())
    _, overlap = best_object(
        shown.detection_box[without],
        shown.detection_image[without],
        shown.object_box[answered],
        shown.object_image[answered],
    )
    kind[without[overlap >= TOUCH_IOU]] = code("duplicate")
    return kind
