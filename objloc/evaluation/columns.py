"""All objects and detections of a set of images as a few flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float64, Int64

from objloc import boxes as box_geometry
from objloc.data.truth import Truth
from objloc.evaluation.detections import Detections

_PAIRS = 1 << 21  # detection–object pairs compared at once: bounds the memory


@dataclass(frozen=True)
class Columns:
    """N objects and K detections of I images; image by image, in the images' own order.

    Attributes:
        sizes: (I, 2) height and width in pixels.
        object_image: (N,) the index of each object's image.
        object_box: (N, 4) xyxy, pixels.
        object_label: (N,) class.
        object_area: (N,) square pixels, as the truth says: a mask's, for COCO.
        object_ignore: (N,) is it marked "ignore"?
        detection_image: (K,) the index of each detection's image.
        detection_box: (K, 4) xyxy, pixels.
        detection_label: (K,) class.
        detection_score: (K,) 0..1, falling within an image.
    """

    sizes: Float64[np.ndarray, "i 2"]
    object_image: Int64[np.ndarray, " n"]
    object_box: Float64[np.ndarray, "n 4"]
    object_label: Int64[np.ndarray, " n"]
    object_area: Float64[np.ndarray, " n"]
    object_ignore: Bool[np.ndarray, " n"]
    detection_image: Int64[np.ndarray, " k"]
    detection_box: Float64[np.ndarray, "k 4"]
    detection_label: Int64[np.ndarray, " k"]
    detection_score: Float64[np.ndarray, " k"]

    def with_detections(self, kept: Bool[np.ndarray, " k"]) -> "Columns":
        """The same objects with a part of the detections."""
        return replace(
            self,
            detection_image=self.detection_image[kept],
            detection_box=self.detection_box[kept],
            detection_label=self.detection_label[kept],
            detection_score=self.detection_score[kept],
        )

    def without_ignored(self) -> "Columns":
        """The same detections, with the objects that are to be found."""
        real = ~self.object_ignore
        return replace(
            self,
            object_image=self.object_image[real],
            object_box=self.object_box[real],
            object_label=self.object_label[real],
            object_area=self.object_area[real],
            object_ignore=self.object_ignore[real],
        )


def columns(detections: Sequence[Detections], truths: Sequence[Truth]) -> Columns:
    """The columns of these images.

    Raises:
        ValueError: the two sequences differ in length.
    """
    if len(detections) != len(truths):
        raise ValueError(f"{len(detections)} images of detections for {len(truths)} of truth")
    images = np.arange(len(truths))
    return Columns(
        sizes=np.array([truth.size for truth in truths], np.float64).reshape(-1, 2),
        object_image=np.repeat(images, [len(truth.labels) for truth in truths]),
        object_box=_join([truth.boxes for truth in truths], np.float64, (0, 4)),
        object_label=_join([truth.labels for truth in truths], np.int64),
        object_area=_join([truth.area for truth in truths], np.float64),
        object_ignore=_join([truth.ignore for truth in truths], np.bool_),
        detection_image=np.repeat(images, [len(found) for found in detections]),
        detection_box=_join([found.boxes for found in detections], np.float64, (0, 4)),
        detection_label=_join([found.labels for found in detections], np.int64),
        detection_score=_join([found.scores for found in detections], np.float64),
    )


def best_object(
    detection_box: Float64[np.ndarray, "k 4"],
    detection_group: Int64[np.ndarray, " k"],
    object_box: Float64[np.ndarray, "n 4"],
    object_group: Int64[np.ndarray, " n"],
    extra: float = 0.0,
) -> tuple[Int64[np.ndarray, " k"], Float64[np.ndarray, " k"]]:
    """For each detection the object of its group (image) that it overlaps most, and their IoU.

    Ties go to the earlier object. -1 and an IoU of 0 where the group has no object.

    Args:
        detection_box: xyxy, pixels.
        detection_group: which objects a detection is compared with.
        object_box: xyxy, pixels.
        object_group: in any order.
        extra: pixels to add to every width and height (VOC's inclusive corners: 1).
    """
    grown = np.array([0.0, 0.0, extra, extra])
    order = np.argsort(object_group, kind="stable")
    groups = object_group[order]
    first = np.searchsorted(groups, detection_group, side="left")
    count = np.searchsorted(groups, detection_group, side="right") - first
    best = np.full(len(detection_box), -1, np.int64)
    overlap = np.zeros(len(detection_box))
    ends = np.cumsum(count)
    start = 0
    while start < len(count):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + _PAIRS, side="right")))
        part = start + np.flatnonzero(count[start:stop])
        pair_first = np.cumsum(count[part]) - count[part]
        detection = np.repeat(part, count[part])
        rank = np.arange(len(detection)) - np.repeat(pair_first, count[part])
        thing = order[first[detection] + rank]
        iou = box_geometry.iou(detection_box[detection] + grown, object_box[thing] + grown)
        if len(part):
            overlap[part] = np.maximum.reduceat(iou, pair_first)
            # Of a detection's pairs, the first that reaches the highest IoU.
            reaches = np.where(iou == overlap[detection], rank, len(order))
            best[part] = order[first[part] + np.minimum.reduceat(reaches, pair_first)]
        start = stop
    return best, overlap


def _join(arrays: Sequence[np.ndarray], dtype: type, empty: tuple[int, ...] = (0,)) -> np.ndarray:
    """The arrays one after another."""
    return np.concatenate([np.zeros(empty, dtype), *arrays]).astype(dtype)
