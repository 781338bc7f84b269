"""Average precision by PASCAL VOC's protocols: 11-point (2007) and all-point (from 2010 on)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64, Int64

from objloc.data.truth import Truth
from objloc.evaluation.columns import Columns, best_object, columns
from objloc.evaluation.detections import Detections

Points = Literal["all", "11"]

RECALL = np.linspace(0, 1, 11)
"""The recalls at which VOC 2007 reads off the precision."""


@dataclass(frozen=True)
class VocAveragePrecision:
    """AP as VOC's development kit counts it, at one IoU.

    Attributes:
        ap: mean over the classes that have objects; NaN without any.
        class_ap: (C,) of each class; NaN where it has no object.
    """

    ap: float
    class_ap: Float64[np.ndarray, " c"]


def voc_average_precision(
    detections: Sequence[Detections],
    truths: Sequence[Truth],
    num_classes: int,
    *,
    iou_threshold: float = 0.5,
    points: Points = "all",
    plus_one: bool = False,
) -> VocAveragePrecision:
    """AP by the rules of VOC's development kit (Everingham et al. 2010, section 4.2).

    Detections of a class are taken by falling score, equal ones in the order of the images. Each
    is held against the object of its class and image that it overlaps most, found before or not:
    it is a find if their IoU reaches the threshold and no better one has found that object, else
    a mistake. Where that object is marked "ignore" (VOC's `difficult`) it is neither, and such
    objects need not be found.

    Args:
        detections: one entry an image, at every score; all of them count.
        truths: the same images' truth.
        num_classes: of labels 0..C-1.
        iou_threshold: from which IoU on a detection finds an object.
        points: `all`: the area under the precision envelope (VOC 2010 and later); `11`: its mean
            at recall 0, .1 … 1 (VOC 2007).
        plus_one: add a pixel to every width and height, as the kit does, whose corners are both
            inside the box. Sides are continuous here, so that a box read from a VOC file has that
            pixel already: then the kit's numbers come *without* this. It is for boxes made of
            inclusive corners as they stand, and for numbers published that way.

    Raises:
        ValueError: the two sequences differ in length.
    """
    table = columns(detections, truths)
    finds = match_voc(table, num_classes, iou_threshold, 1.0 if plus_one else 0.0)
    return area_of_finds(finds, points)


@dataclass(frozen=True)
class VocFinds:
    """The detections that count, by class and falling score.

    Attributes:
        find: (K,) is it a find or a mistake?
        starts: (C + 1,) class c has the detections starts[c] .. starts[c + 1] - 1.
        objects: (C,) how many there are to find.
    """

    find: Bool[np.ndarray, " k"]
    starts: Int64[np.ndarray, " s"]
    objects: Int64[np.ndarray, " c"]


def match_voc(table: Columns, num_classes: int, iou_threshold: float, extra: float) -> VocFinds:
    """Which detections are finds; `extra` pixels are added to every width and height."""
    detection_group = table.detection_image * num_classes + table.detection_label
    object_group = table.object_image * num_classes + table.object_label
    thing, iou = best_object(
        table.detection_box, detection_group, table.object_box, object_group, extra
    )
    reached = (thing >= 0) & (iou >= iou_threshold)
    spared = np.zeros(len(thing), np.bool_)
    spared[reached] = table.object_ignore[thing[reached]]
    # Stable, so that equal scores keep the order of the images.
    order = np.lexsort((-table.detection_score, table.detection_label))
    order = order[~spared[order]]
    find = np.zeros(len(order), np.bool_)
    claims = np.flatnonzero(reached[order])
    _, first = np.unique(thing[order][claims], return_index=True)
    find[claims[first]] = True
    return VocFinds(
        find=find,
        starts=np.searchsorted(table.detection_label[order], np.arange(num_classes + 1)),
        objects=np.bincount(table.object_label[~table.object_ignore], minlength=num_classes),
    )


def area_of_finds(finds: VocFinds, points: Points) -> VocAveragePrecision:
    """AP of each class and their mean."""
    area = _all_point if points == "all" else _eleven_point
    class_ap = np.full(len(finds.objects), np.nan)
    for label in np.flatnonzero(finds.objects):
        find = finds.find[finds.starts[label] : finds.starts[label + 1]]
        found = np.cumsum(find)
        class_ap[label] = area(
            found / finds.objects[label], found / np.arange(1, len(find) + 1, dtype=np.float64)
        )
    present = class_ap[~np.isnan(class_ap)]
    return VocAveragePrecision(float(present.mean()) if len(present) else np.nan, class_ap)


def _all_point(recall: Float64[np.ndarray, " k"], precision: Float64[np.ndarray, " k"]) -> float:
    """The area under the highest precision at no less recall."""
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0.0) * envelope).sum())


def _eleven_point(recall: Float64[np.ndarray, " k"], precision: Float64[np.ndarray, " k"]) -> float:
    """The mean of the highest precision at a recall of at least 0, .1 … 1."""
    highest = np.where(recall >= RECALL[:, None], precision, 0.0).max(axis=1, initial=0.0)
    return float(highest.mean())
