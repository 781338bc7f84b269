"""Which detection answers for which object: greedy one-to-one matching, in three rounds.

1. Finds: by falling score, a detection takes the free object of its class that it overlaps most, if
   their IoU is at least .5, as COCO and PASCAL VOC count. One that takes none, but lies half or
   more inside a box marked "ignore", is set aside: neither a find nor a mistake;
2. finds under a wrong name: by falling score, a detection left over takes the free object that it
   overlaps most, if their IoU is at least .5;
3. near misses: of the detections and objects left over, the two that overlap most belong together,
   then the next two, as long as any touch.

So a detection of the wrong class takes no object from one of the right class, and a graze none from
a box that fits better. What round 1 decides about a detection depends on higher-scored detections
alone (`choose_score_threshold` builds on that). Ties go to the earlier object, in round 3 to the
higher-scored detection before that. One object and one detection belong together if they touch.
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
        detection_object: the object in 0..M-1 that it finds with IoU >= .5, whatever its class; -1
            if none.
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

    def idle(self) -> Bool[np.ndarray, " k"]:
        """The detections that answer for no object and are not set aside: mistakes."""
        without = ~self.detection_aside
        without[self.object_detection[self.object_detection >= 0]] = False
        return without

    def right(self) -> Bool[np.ndarray, " k"]:
        """The detections that find an object with IoU >= .5 and name it rightly."""
        finds = np.flatnonzero(self.detection_object >= 0)
        named = self.object_label[self.detection_object[finds]] == self.detection_label[finds]
        right = np.zeros(len(self.detection_object), np.bool_)
        right[finds] = named
        return right


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
        found, is_detection = _pad([d.boxes for d in detections[part]], (4,))
        found_label, _ = _pad([d.labels for d in detections[part]])
        objects, is_object = _pad([t.boxes[~t.ignore] for t in truths[part]], (4,))
        object_label, _ = _pad([t.labels[~t.ignore] for t in truths[part]])
        ignored, is_ignored = _pad([t.boxes[t.ignore] for t in truths[part]], (4,))
        pairs = is_detection[:, :, None] & is_object[:, None]
        overlap = np.where(pairs, box_geometry.iou_matrix(found, objects), 0.0)
        same_class = found_label[:, :, None] == object_label[:, None]
        inside = _inside_any(found, ignored, is_ignored) & is_detection
        taken, aside = _match_padded(overlap, same_class, inside)
        # Padded rows are read in the order of the flat arrays: image by image, then by column.
        image, place = np.nonzero(taken >= 0)
        thing = taken[image, place]
        detection = first_detection[part][image] + place
        target = first_object[part][image] + thing
        object_detection[target] = detection
        object_iou[target] = overlap[image, place, thing]
        finds = object_iou[target] >= FOUND_IOU
        detection_object[detection[finds]] = target[finds]
        begin = first_detection[part][0]
        detection_aside[begin : begin + np.count_nonzero(is_detection)] = aside[is_detection]
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
    overlap: Float64[np.ndarray, "b d n"],
    same_class: Bool[np.ndarray, "b d n"],
    inside_ignored: Bool[np.ndarray, "b d"],
) -> tuple[Int64[np.ndarray, "b d"], Bool[np.ndarray, "b d"]]:
    """The object's column that each detection takes, -1 for none, and who is set aside."""
    images, most, objects = overlap.shape
    taken = np.full((images, most), -1, np.int64)
    if most == 0 or objects == 0:
        return taken, inside_ignored
    open_pairs = np.where(overlap > 0, overlap, -1.0)  # of detections and objects still free
    _by_score(np.where(same_class, open_pairs, -1.0), open_pairs, taken)
    aside = inside_ignored & (taken < 0)
    open_pairs[aside] = -1.0
    _by_score(open_pairs, open_pairs, taken)
    _by_overlap(open_pairs, taken)
    return taken, aside


def _by_score(
    wanted: Float64[np.ndarray, "b d n"],
    open_pairs: Float64[np.ndarray, "b d n"],
    taken: Int64[np.ndarray, "b d"],
) -> None:
    """Each detection in turn takes what it overlaps most among `wanted`, with an IoU >= .5."""
    row = np.arange(len(wanted))
    for place in np.flatnonzero((wanted >= FOUND_IOU).any(axis=(0, 2))):
        candidates = np.where(open_pairs[:, place] > 0, wanted[:, place], -1.0)  # [b, n]
        best = candidates.argmax(axis=1)
        takes = candidates[row, best] >= FOUND_IOU
        _take(row[takes], np.full(np.count_nonzero(takes), place), best[takes], open_pairs, taken)


def _by_overlap(open_pairs: Float64[np.ndarray, "b d n"], taken: Int64[np.ndarray, "b d"]) -> None:
    """Joins the two that overlap most in each image, until none touch."""
    images, _, objects = open_pairs.shape
    row = np.arange(images)
    while len(row):
        flat = open_pairs[row].reshape(len(row), -1)
        best = flat.argmax(axis=1)
        touch = flat[np.arange(len(row)), best] > 0
        row = row[touch]
        place, thing = np.divmod(best[touch], objects)
        _take(row, place, thing, open_pairs, taken)


def _take(
    row: Int64[np.ndarray, " t"],
    place: Int64[np.ndarray, " t"],
    thing: Int64[np.ndarray, " t"],
    open_pairs: Float64[np.ndarray, "b d n"],
    taken: Int64[np.ndarray, "b d"],
) -> None:
    """Notes who takes what; neither is free any more."""
    taken[row, place] = thing
    open_pairs[row, place] = -1.0
    open_pairs[row, :, thing] = -1.0


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
    arrays: Sequence[np.ndarray], item: tuple[int, ...] = ()
) -> tuple[Float64[np.ndarray, "b n *item"], Bool[np.ndarray, "b n"]]:
    """Boxes or labels of several images as one array, with a mask that tells them from padding."""
    counts = np.array([len(array) for array in arrays], np.int64)
    real = np.arange(counts.max(initial=0)) < counts[:, None]
    padded = np.zeros((*real.shape, *item))
    padded[real] = _join(arrays, (0, *item))
    return padded, real


def _join(arrays: Sequence[np.ndarray], empty: tuple[int, ...] = (0,)) -> np.ndarray:
    """The arrays one after another, as float64."""
    return np.concatenate([np.zeros(empty), *arrays]).astype(np.float64)
