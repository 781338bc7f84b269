"""Which detection answers for which object: greedy one-to-one matching, by falling score.

Two rounds over an image's detections, best score first:

1. a detection takes the free object that it overlaps most, if their IoU is at least .5; one that
   takes none, but lies half or more inside a box marked "ignore", is set aside: neither a find nor
   a mistake;
2. a detection left over takes the free object that it overlaps most, if they touch at all.

So a stray detection cannot take an object from a later one that fits it, and what round 1 decides
about a detection depends on higher-scored detections alone (`choose_score_threshold` builds on
that). Classes play no part: labels are compared afterwards. Ties go to the earlier object.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from objloc import boxes as box_geometry
from objloc.data.truth import Truth
from objloc.evaluation.detections import Detections

FOUND_IOU = 0.5
"""From this IoU on an object counts as found (PASCAL VOC's and COCO's AP50's limit)."""

_CELLS = 1 << 19  # padded detection–object pairs matched at once: bounds the memory


@dataclass(frozen=True)
class Matches:
    """All objects (M, boxes marked "ignore" left out) and detections (K) of a set of images, flat.

    Attributes:
        object_image: the index of each object's image.
        object_label: each object's class.
        object_iou: IoU with the detection that answers for it; 0 if none does.
        object_detection: the index of that detection in 0..K-1; -1 if none does.
        detection_image: the index of each detection's image.
        detection_label: each detection's class.
        detection_score: each detection's score.
        detection_object: the object in 0..M-1 that it finds with IoU >= .5; -1 if none.
        detection_aside: does it answer for a box marked "ignore"?
    """

    object_image: Int64[np.ndarray, " m"]
    object_label: Int64[np.ndarray, " m"]
    object_iou: Float64[np.ndarray, " m"]
    object_detection: Int64[np.ndarray, " m"]
    detection_image: Int64[np.ndarray, " k"]
    detection_label: Int64[np.ndarray, " k"]
    detection_score: Float64[np.ndarray, " k"]
    detection_object: Int64[np.ndarray, " k"]
    detection_aside: Bool[np.ndarray, " k"]


def match(detections: Sequence[Detections], truths: Sequence[Truth]) -> Matches:
    """Matches every image's detections with its objects.

    Raises:
        ValueError: the two sequences differ in length.
    """
    if len(detections) != len(truths):
        raise ValueError(f"{len(detections)} images of detections for {len(truths)} of truth")
    object_counts = np.array([np.count_nonzero(~t.ignore) for t in truths], np.int64)
    detection_counts = np.array([len(d) for d in detections], np.int64)
    object_iou = np.zeros(object_counts.sum())
    object_detection = np.full(object_counts.sum(), -1, np.int64)
    detection_object = np.full(detection_counts.sum(), -1, np.int64)
    detection_aside = np.zeros(detection_counts.sum(), np.bool_)
    first_object = np.cumsum(object_counts) - object_counts
    first_detection = np.cumsum(detection_counts) - detection_counts
    for part in _parts(detection_counts, np.array([len(t.labels) for t in truths], np.int64)):
        found, is_detection = _pad([d.boxes for d in detections[part]])
        objects, is_object = _pad([t.boxes[~t.ignore] for t in truths[part]])
        ignored, is_ignored = _pad([t.boxes[t.ignore] for t in truths[part]])
        inside = _inside_any(found, ignored, is_ignored) & is_detection
        first, second = _match_padded(found, is_detection, objects, is_object, inside)
        aside = inside & (first < 0)
        # Padded rows are read in the order of the flat arrays: image by image, then by column.
        part_first_detection = first_detection[part]
        part_first_object = first_object[part]
        flat = slice(
            part_first_detection[0], part_first_detection[0] + np.count_nonzero(is_detection)
        )
        detection_aside[flat] = aside[is_detection]
        global_first = np.where(first >= 0, first + part_first_object[:, None], -1)
        detection_object[flat] = global_first[is_detection]
        image, rank = np.nonzero(np.maximum(first, second) >= 0)
        taken = np.maximum(first, second)[image, rank]
        target = part_first_object[image] + taken
        object_detection[target] = part_first_detection[image] + rank
        object_iou[target] = box_geometry.iou(found[image, rank], objects[image, taken])
    return Matches(
        object_image=np.repeat(np.arange(len(truths)), object_counts),
        object_label=_join([t.labels[~t.ignore] for t in truths]).astype(np.int64),
        object_iou=object_iou,
        object_detection=object_detection,
        detection_image=np.repeat(np.arange(len(truths)), detection_counts),
        detection_label=_join([d.labels for d in detections]).astype(np.int64),
        detection_score=_join([d.scores for d in detections]),
        detection_object=detection_object,
        detection_aside=detection_aside,
    )


def _parts(
    detection_counts: Int64[np.ndarray, " b"], object_counts: Int64[np.ndarray, " b"]
) -> Iterator[slice]:
    """Runs of images whose padded detections and objects stay within `_CELLS` pairs, or of one."""
    start, most, most_objects = 0, 0, 0
    counts = zip(detection_counts.tolist(), object_counts.tolist(), strict=True)
    for image, (found, objects) in enumerate(counts):
        most, most_objects = max(most, found), max(most_objects, objects)
        if image > start and (image + 1 - start) * max(most * most_objects, 1) > _CELLS:
            yield slice(start, image)
            start, most, most_objects = image, found, objects
    if start < len(detection_counts):
        yield slice(start, len(detection_counts))


def _match_padded(
    found: Float64[np.ndarray, "b d 4"],
    is_detection: Bool[np.ndarray, "b d"],
    objects: Float64[np.ndarray, "b n 4"],
    is_object: Bool[np.ndarray, "b n"],
    inside_ignored: Bool[np.ndarray, "b d"],
) -> tuple[Int64[np.ndarray, "b d"], Int64[np.ndarray, "b d"]]:
    """The object's column that each detection takes in round 1 and in round 2; -1 for none."""
    images, most = is_detection.shape
    first = np.full((images, most), -1, np.int64)
    second = first.copy()
    if most == 0 or objects.shape[1] == 0:
        return first, second
    overlap = box_geometry.iou_matrix(found, objects)  # [b, d, n]
    free = is_object.copy()
    row = np.arange(images)
    for taken, enough in ((first, FOUND_IOU), (second, np.finfo(np.float64).tiny)):
        for rank in range(most):
            candidates = np.where(free, overlap[:, rank], -1.0)  # [b, n]
            best = candidates.argmax(axis=1)
            takes = is_detection[:, rank] & (candidates[row, best] >= enough) & (first[:, rank] < 0)
            if taken is second:
                takes &= ~inside_ignored[:, rank]
            taken[takes, rank] = best[takes]
            free[row[takes], best[takes]] = False
    return first, second


def _inside_any(
    found: Float64[np.ndarray, "b d 4"],
    ignored: Float64[np.ndarray, "b r 4"],
    is_ignored: Bool[np.ndarray, "b r"],
) -> Bool[np.ndarray, "b d"]:
    """Does half a detection's area or more lie in one ignored box (COCO's rule for crowds)?"""
    shared = box_geometry.intersection(found[:, :, None], ignored[:, None])  # [b, d, r]
    share = shared / np.maximum(box_geometry.area(found), box_geometry.EPSILON)[..., None]
    return ((share >= FOUND_IOU) & is_ignored[:, None]).any(axis=-1)


def _pad(
    boxes: Sequence[np.ndarray],
) -> tuple[Float64[np.ndarray, "b n 4"], Bool[np.ndarray, "b n"]]:
    """Boxes of several images as one array, with a mask that tells boxes from padding."""
    counts = np.array([len(b) for b in boxes], np.int64)
    real = np.arange(counts.max(initial=0)) < counts[:, None]
    padded = np.zeros((*real.shape, 4))
    padded[real] = _join(boxes, (0, 4))
    return padded, real


def _join(arrays: Sequence[np.ndarray], empty: tuple[int, ...] = (0,)) -> np.ndarray:
    """The arrays one after another, as float64."""
    return np.concatenate([np.zeros(empty), *arrays]).astype(np.float64)
