"""COCO's AP of images that count more or less than once, for many weightings at a time."""

import numpy as np
from jaxtyping import Float64, Int64

from objloc.evaluation.coco_matching import Ranking

RECALL = np.linspace(0, 1, 101)
"""The recalls at which COCO reads off the precision."""

_TINY = np.spacing(1)  # COCO's guard against 0 / 0


def weighted_average_precision(
    ranking: Ranking, weights: Int64[np.ndarray, "i r"]
) -> Float64[np.ndarray, "t c r"]:
    """AP at each threshold, of each class, under each of R weightings of the images.

    An image of weight 2 counts as if it were there twice, one of weight 0 as if it were not. NaN
    where a class has no object. Detections are matched once: which of an image's detections are
    finds does not depend on other images. AP changes only where a find is, so that between two
    finds nothing but the sum of the weights is needed; what a sorted list of copies would hold in
    between cannot be the highest precision at any recall.
    """
    classes = len(ranking.starts) - 1
    result = np.full((len(ranking.thresholds), classes, weights.shape[1]), np.nan)
    for label in range(classes):
        mine = slice(ranking.object_starts[label], ranking.object_starts[label + 1])
        objects = weights[ranking.object_image[mine]].sum(axis=0)  # [r]
        if not objects.any():
            continue
        mine = slice(ranking.starts[label], ranking.starts[label + 1])
        found = ranking.hit[:, mine].any(axis=0)
        finds = np.flatnonzero(found)
        if len(finds) == 0:
            result[:, label] = np.where(objects, 0.0, np.nan)
            continue
        images = ranking.image[mine]
        weight = weights[images[finds]]  # [p, r]
        seen = _sums_up_to(weights, images, finds)
        for step in range(len(ranking.thresholds)):
            hit = ranking.hit[step, mine][finds]
            aside = np.flatnonzero(ranking.aside[step, mine])
            counted = seen[hit]
            if len(aside):
                passed = np.searchsorted(aside, finds[hit])
                skipped = np.cumsum(weights[images[aside]], axis=0)
                counted = counted - np.where((passed > 0)[:, None], skipped[passed - 1], 0)
            result[step, label] = _area(np.cumsum(weight[hit], axis=0), counted, objects)
    return result


def mean_over_classes(by_class: Float64[np.ndarray, "c r"]) -> Float64[np.ndarray, " r"]:
    """The mean over the classes that have objects; NaN where none has any."""
    present = ~np.isnan(by_class)
    count = present.sum(axis=0)
    total = np.where(present, by_class, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _sums_up_to(
    weights: Int64[np.ndarray, "i r"],
    images: Int64[np.ndarray, " k"],
    finds: Int64[np.ndarray, " p"],
) -> Int64[np.ndarray, "p r"]:
    """The summed weights of the detections up to each find, itself included."""
    starts = np.concatenate([[0], finds[:-1] + 1])
    until = images[: finds[-1] + 1]
    return np.cumsum(np.add.reduceat(weights[until], starts, axis=0), axis=0)


def _area(
    found: Int64[np.ndarray, "p r"],
    counted: Int64[np.ndarray, "p r"],
    objects: Int64[np.ndarray, " r"],
) -> Float64[np.ndarray, " r"]:
    """The mean over `RECALL` of the highest precision at no less recall."""
    if len(found) == 0:
        return np.where(objects, 0.0, np.nan)
    precision = found / (counted + _TINY)
    envelope = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    # How many of the points each find is the first to reach.
    reached = np.searchsorted(RECALL, found / np.maximum(objects, 1), side="right")
    points = np.diff(reached, axis=0, prepend=0)
    area = (envelope * points).sum(axis=0) / len(RECALL)
    return np.where(objects, area, np.nan)
