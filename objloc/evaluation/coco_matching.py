"""Which detections count as finds by COCO's protocol, at several IoU thresholds at once.

`coco_evaluation` has the numbers from a library; what the library cannot do cheaply is here: to
count again with other weights of the images (`weighted_average_precision`), and to say which
detection was a find.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from objloc import boxes as box_geometry
from objloc.evaluation.columns import Columns

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""COCO's."""

_CELLS = 1 << 20  # padded detection–object pairs matched at once: bounds the memory
_ALMOST_ONE = 1 - 1e-10  # COCO's: an IoU of 1 less rounding reaches a threshold of 1


@dataclass(frozen=True)
class Ranking:
    """The detections of all images by class and, within a class, by falling score.

    Attributes:
        thresholds: (T,) from which IoU on a detection finds an object.
        image: (K,) the index of each detection's image.
        score: (K,) 0..1.
        hit: (T, K) does it find an object of its class that no better one has found?
        aside: (T, K) does it lie in a box marked "ignore" instead?
        starts: (C + 1,) class c has the detections starts[c] .. starts[c + 1] - 1.
        object_image: (N,) the images of the objects to find, by class.
        object_starts: (C + 1,) class c has the objects object_starts[c] .. of `object_image`.
    """

    thresholds: Float64[np.ndarray, " t"]
    image: Int64[np.ndarray, " k"]
    score: Float64[np.ndarray, " k"]
    hit: Bool[np.ndarray, "t k"]
    aside: Bool[np.ndarray, "t k"]
    starts: Int64[np.ndarray, " s"]
    object_image: Int64[np.ndarray, " n"]
    object_starts: Int64[np.ndarray, " s"]


def rank(
    table: Columns,
    num_classes: int,
    thresholds: Float64[np.ndarray, " t"] = IOU_THRESHOLDS,
    max_detections: int = 100,
) -> Ranking:
    """Matches as COCO does: within image and class, greedily by falling score.

    A detection takes the free object that it overlaps most (the later one of a tie), if their IoU
    reaches the threshold; else it is set aside if it shares that much of its own area with a box
    marked "ignore". Of an image and class the `max_detections` best count. Equal scores of one
    class rank by image, then by their order in it.
    """
    images = len(table.sizes)
    score, label = table.detection_score, table.detection_label
    group = table.detection_image * num_classes + label
    order = np.lexsort((-score, group))
    counts = np.bincount(group, minlength=images * num_classes)
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    order, place = order[place < max_detections], place[place < max_detections]
    hit, aside = _match_groups(table, order, group[order], num_classes, thresholds)
    by_class = np.lexsort((place, table.detection_image[order], -score[order], label[order]))
    order = order[by_class]
    real = ~table.object_ignore
    object_order = np.argsort(table.object_label[real], kind="stable")
    classes = np.arange(num_classes + 1)
    return Ranking(
        thresholds=thresholds,
        image=table.detection_image[order],
        score=score[order],
        hit=hit[:, by_class],
        aside=aside[:, by_class],
        starts=np.searchsorted(label[order], classes),
        object_image=table.object_image[real][object_order],
        object_starts=np.searchsorted(table.object_label[real][object_order], classes),
    )


def _match_groups(
    table: Columns,
    order: Int64[np.ndarray, " k"],
    group: Int64[np.ndarray, " k"],
    num_classes: int,
    thresholds: Float64[np.ndarray, " t"],
) -> tuple[Bool[np.ndarray, "t k"], Bool[np.ndarray, "t k"]]:
    """Hits and detections set aside, of the detections in `order`, sorted by `group`."""
    hit = np.zeros((len(thresholds), len(order)), np.bool_)
    aside = hit.copy()
    object_group = table.object_image * num_classes + table.object_label
    object_order = np.argsort(object_group, kind="stable")
    sorted_objects = object_group[object_order]
    groups, first, count = np.unique(group, return_index=True, return_counts=True)
    object_first = np.searchsorted(sorted_objects, groups, side="left")
    object_count = np.searchsorted(sorted_objects, groups, side="right") - object_first
    for part in _chunks(count, object_count):
        row, is_detection = _grid(first[part], count[part])
        thing, is_object = _grid(object_first[part], object_count[part])
        thing = object_order[thing]
        found, objects = table.detection_box[order[row]], table.object_box[thing]
        ignored = table.object_ignore[thing]
        overlap = np.where(is_object[:, None], box_geometry.iou_matrix(found, objects), -1.0)
        shared = box_geometry.intersection(found[:, :, None], objects[:, None])
        covered = shared / np.maximum(box_geometry.area(found), box_geometry.EPSILON)[..., None]
        in_ignored = np.where((ignored & is_object)[:, None], covered, -1.0).max(axis=-1)
        part_hit = _greedy(np.where(ignored[:, None], -1.0, overlap), thresholds)
        limits = np.minimum(thresholds, _ALMOST_ONE)[:, None, None]
        part_aside = ~part_hit & (in_ignored >= limits)
        hit[:, row[is_detection]] = part_hit[:, is_detection]
        aside[:, row[is_detection]] = part_aside[:, is_detection]
    return hit, aside


def _greedy(
    overlap: Float64[np.ndarray, "b d n"], thresholds: Float64[np.ndarray, " t"]
) -> Bool[np.ndarray, "t b d"]:
    """Which detections take an object, each threshold on its own; -1: no such object."""
    groups, most, objects = overlap.shape
    hit = np.zeros((len(thresholds), groups, most), np.bool_)
    free = np.ones((len(thresholds), groups, objects), np.bool_)
    limits = np.minimum(thresholds, _ALMOST_ONE)[:, None]
    for place in range(most):
        # Backwards, so that a tie goes to the later object.
        candidates = np.where(free, overlap[:, place], -1.0)[..., ::-1]  # [t, b, n]
        best = candidates.argmax(axis=-1)
        reached = np.take_along_axis(candidates, best[..., None], axis=-1)[..., 0]
        takes = reached >= limits
        hit[:, :, place] = takes
        step, image = np.nonzero(takes)
        free[step, image, objects - 1 - best[takes]] = False
    return hit


def _chunks(
    count: Int64[np.ndarray, " g"], object_count: Int64[np.ndarray, " g"]
) -> Iterator[Int64[np.ndarray, " _"]]:
    """The groups that have objects, those of like size together, so that little is padded."""
    groups = np.lexsort((object_count, count))
    groups = groups[object_count[groups] > 0]
    start = 0
    while start < len(groups):
        most = np.maximum.accumulate(count[groups[start:]])
        cells = most * np.maximum.accumulate(object_count[groups[start:]])
        cells *= np.arange(1, len(cells) + 1)
        # Both factors rise, so the chunk ends where the product passes the limit.
        size = max(1, int(np.searchsorted(cells, _CELLS, side="right")))
        yield groups[start : start + size]
        start += size


def _grid(
    first: Int64[np.ndarray, " b"], count: Int64[np.ndarray, " b"]
) -> tuple[Int64[np.ndarray, "b m"], Bool[np.ndarray, "b m"]]:
    """Runs of indices as padded rows (padding repeats a run's first), and which are no padding."""
    offset = np.arange(count.max(initial=0))
    real = offset < count[:, None]
    return np.where(real, first[:, None] + offset, first[:, None]), real
