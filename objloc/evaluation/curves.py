"""Curves over a threshold: precision against recall, and recall against IoU."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from objloc.evaluation.coco_matching import Ranking
from objloc.evaluation.matching import Matches
from objloc.evaluation.weighted_precision import RECALL


@dataclass(frozen=True)
class PrecisionRecall:
    """Precision and recall at every score that occurs, detections matched as COCO does.

    Attributes:
        name: of the class; None for all classes pooled.
        iou: from which IoU on a detection finds an object.
        objects: how many there are to find.
        score: (P,) falling: each score that occurs.
        precision: (P,) of the detections with at least that score.
        recall: (P,) the same; NaN without objects.
        interpolated: (101,) the highest precision at a recall of at least 0, .01, … 1, as COCO
            averages it; small enough to plot. NaN without objects.
        ap: mean of `interpolated`.
    """

    name: str | None
    iou: float
    objects: int
    score: Float64[np.ndarray, " p"]
    precision: Float64[np.ndarray, " p"]
    recall: Float64[np.ndarray, " p"]
    interpolated: Float64[np.ndarray, " 101"]
    ap: float


@dataclass(frozen=True)
class IouRecall:
    """Which share of the objects is found how exactly, at the score threshold.

    Attributes:
        iou: (100,) .01, .02, … 1.
        found: (100,) share of the objects whose detection reaches that IoU, whatever its class.
        named: (100,) share whose detection does and has the right class.
    """

    iou: Float64[np.ndarray, " 100"]
    found: Float64[np.ndarray, " 100"]
    named: Float64[np.ndarray, " 100"]


def precision_recall(
    ranking: Ranking, class_names: Sequence[str], iou: float
) -> list[PrecisionRecall]:
    """The curves at one of the ranking's thresholds: all classes pooled, then each class.

    Pooled, the detections of all classes make one list by score, matched class by class: a curve
    of every decision the model makes. Its `ap` is not the mean of the classes' AP.
    """
    step = int(np.abs(ranking.thresholds - iou).argmin())
    hit, score, counts = ranking.hit[step], ranking.score, ~ranking.aside[step]
    by_score = np.argsort(-score, kind="stable")
    pooled = by_score[counts[by_score]]
    curves = [_curve(None, iou, len(ranking.object_image), score[pooled], hit[pooled])]
    for label, name in enumerate(class_names):
        mine = np.arange(ranking.starts[label], ranking.starts[label + 1])
        mine = mine[counts[mine]]
        objects = int(ranking.object_starts[label + 1] - ranking.object_starts[label])
        curves.append(_curve(name, iou, objects, score[mine], hit[mine]))
    return curves


def iou_recall(matches: Matches) -> IouRecall:
    """The curve of detections over the threshold; at .5 it is `Report`'s `iou_over_50`."""
    steps = np.arange(1, 101) / 100
    if len(matches.object_iou) == 0:
        nothing = np.full(100, np.nan)
        return IouRecall(steps, nothing, nothing.copy())
    reached = matches.object_iou >= steps[:, None]  # [100, m]
    answered = matches.object_detection >= 0
    right = np.zeros(len(answered), np.bool_)
    label = matches.detection_label[matches.object_detection[answered]]
    right[answered] = label == matches.object_label[answered]
    return IouRecall(steps, reached.mean(axis=1), (reached & right).mean(axis=1))


def _curve(
    name: str | None,
    iou: float,
    objects: int,
    score: Float64[np.ndarray, " k"],
    hit: Bool[np.ndarray, " k"],
) -> PrecisionRecall:
    """The curve of detections by falling score."""
    found = np.cumsum(hit)
    precision = found / np.arange(1, len(found) + 1, dtype=np.float64)
    last = np.flatnonzero(np.diff(score, append=-1.0))  # a threshold takes equal scores together
    if objects == 0:
        nowhere = np.full(len(last), np.nan)
        nothing = np.full(len(RECALL), np.nan)
        return PrecisionRecall(
            name, iou, 0, score[last], precision[last], nowhere, nothing, float("nan")
        )
    recall = found / objects
    interpolated = np.zeros(len(RECALL))
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    first = np.searchsorted(recall, RECALL, side="left")
    interpolated[first < len(recall)] = envelope[first[first < len(recall)]]
    return PrecisionRecall(
        name=name,
        iou=iou,
        objects=objects,
        score=score[last],
        precision=precision[last],
        recall=recall[last],
        interpolated=interpolated,
        ap=float(interpolated.mean()),
    )
