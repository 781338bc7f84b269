"""Average precision by COCO's protocol, counted by faster-coco-eval."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float64

from objloc.data.truth import Truth
from objloc.evaluation.detections import Detections
from objloc.evaluation.image_answers import mean

SCORE_FLOOR = 0.001
"""Detections below this score are left out: they cost time and move AP by nothing."""

MAX_DETECTIONS = 100
"""Only so many detections of a class in an image count, the best (COCO's `maxDets`)."""


@dataclass(frozen=True)
class AveragePrecision:
    """AP as COCO defines it: precision over 101 recall points, averaged over the classes seen.

    A value is NaN where there is no object to find.

    Attributes:
        ap: mean over IoU .50, .55, … .95.
        ap50: at IoU .50.
        ap75: at IoU .75.
        class_ap: (C,) `ap` of each class.
        class_ap50: (C,) `ap50` of each class.
    """

    ap: float
    ap50: float
    ap75: float
    class_ap: Float64[np.ndarray, " c"]
    class_ap50: Float64[np.ndarray, " c"]


@dataclass(frozen=True)
class CocoNumbers:
    """COCO's 12 numbers, and AP by class; NaN where there is no object to find.

    Attributes:
        ap: over IoU .50, .55, … .95, all sizes.
        ap50: at IoU .50.
        ap75: at IoU .75.
        ap_small: `ap` over objects of less than 32² pixels.
        ap_medium: of 32² to 96².
        ap_large: of more.
        ar_1: recall, averaged over the IoUs, of the best detection of each class in an image.
        ar_10: of the ten best.
        ar_100: of the hundred best.
        ar_small: `ar_100` over small objects.
        ar_medium: over medium ones.
        ar_large: over large ones.
        class_ap: (C,) `ap` of each class.
        class_ap50: (C,) `ap50` of each class.
    """

    ap: float
    ap50: float
    ap75: float
    ap_small: float
    ap_medium: float
    ap_large: float
    ar_1: float
    ar_10: float
    ar_100: float
    ar_small: float
    ar_medium: float
    ar_large: float
    class_ap: Float64[np.ndarray, " c"]
    class_ap50: Float64[np.ndarray, " c"]


_NUMBERS = tuple(field.name for field in fields(CocoNumbers))[:12]


def average_precision(
    detections: Sequence[Detections], truths: Sequence[Truth], num_classes: int
) -> AveragePrecision:
    """AP of detections, class-aware, over all object sizes.

    Boxes marked "ignore" are COCO's crowds: a detection half inside one is not counted.
    """
    if not any((~truth.ignore).any() for truth in truths):
        nowhere = np.full(num_classes, np.nan)
        return AveragePrecision(np.nan, np.nan, np.nan, nowhere, nowhere.copy())
    scorer = _scorer(detections, truths, num_classes)
    scorer.params.maxDets = [MAX_DETECTIONS]
    scorer.params.areaRng, scorer.params.areaRngLbl = scorer.params.areaRng[:1], ["all"]
    scorer.evaluate()
    scorer.accumulate()
    # [IoU thresholds, recall points, classes, 1 area range, 1 limit]; -1 where a class never occurs
    precision = _or_nan(scorer.eval["precision"])[..., 0, 0]
    by_iou = np.nanmean(precision, axis=(1, 2))
    class_ap, class_ap50 = _by_class(precision)
    return AveragePrecision(
        ap=float(np.nanmean(precision)),
        ap50=float(by_iou[0]),
        ap75=float(by_iou[5]),
        class_ap=class_ap,
        class_ap50=class_ap50,
    )


def coco_numbers(
    detections: Sequence[Detections], truths: Sequence[Truth], num_classes: int
) -> CocoNumbers:
    """COCO's 12 numbers; as `average_precision`, and over sizes and limits of detections.

    An object's size is its `area`, a detection's that of its box. Objects of another size, and
    detections of another size that find none of this one, do not count.
    """
    if not any((~truth.ignore).any() for truth in truths):
        nowhere = np.full(num_classes, np.nan)
        return CocoNumbers(**dict.fromkeys(_NUMBERS, np.nan), class_ap=nowhere, class_ap50=nowhere)
    scorer = _scorer(detections, truths, num_classes)
    scorer.params.maxDets = [1, 10, MAX_DETECTIONS]
    scorer.evaluate()
    scorer.accumulate()
    # [IoU thresholds, recall points, classes, 4 area ranges, 3 limits]
    precision = _or_nan(scorer.eval["precision"])
    recall = _or_nan(scorer.eval["recall"])  # [IoU thresholds, classes, 4 area ranges, 3 limits]
    whole = precision[..., 0, -1]
    numbers = [
        mean(whole),
        mean(whole[0]),
        mean(whole[5]),
        *(mean(precision[..., size, -1]) for size in (1, 2, 3)),
        *(mean(recall[..., 0, limit]) for limit in (0, 1, 2)),
        *(mean(recall[..., size, -1]) for size in (1, 2, 3)),
    ]
    class_ap, class_ap50 = _by_class(whole)
    return CocoNumbers(
        **dict(zip(_NUMBERS, numbers, strict=True)), class_ap=class_ap, class_ap50=class_ap50
    )


def _scorer(detections: Sequence[Detections], truths: Sequence[Truth], num_classes: int) -> Any:
    """The library's evaluation of these images, not yet run."""
    # Here, not above: the library is not needed where a model only predicts.
    from faster_coco_eval import COCO, COCOeval_faster

    truth_set = COCO(_truth_annotations(truths, num_classes), print_function=_silent)
    found = truth_set.loadRes(_results(detections))
    return COCOeval_faster(truth_set, found, iouType="bbox", print_function=_silent)


def _or_nan(values: Any) -> np.ndarray:
    """The library's numbers, with NaN for its -1: a class that never occurs."""
    values = np.asarray(values, np.float64)
    return np.where(values > -1, values, np.nan)


def _by_class(precision: Float64[np.ndarray, "t r c"]) -> Float64[np.ndarray, "2 c"]:
    """AP and AP50 of each class; NaN where it never occurs."""
    occurs = ~np.isnan(precision[0, 0])
    by_class = np.full((2, precision.shape[-1]), np.nan)
    by_class[0, occurs] = precision[..., occurs].mean(axis=(0, 1))
    by_class[1, occurs] = precision[0][:, occurs].mean(axis=0)
    return by_class


def _truth_annotations(truths: Sequence[Truth], num_classes: int) -> dict:
    """The truths as COCO's JSON would hold them; ids are positions, whatever the images' own."""
    annotations: list[dict] = []
    for image, truth in enumerate(truths):
        rows = zip(_xywh(truth.boxes), truth.labels, truth.ignore, truth.area, strict=True)
        for box, label, ignore, area in rows:
            annotations.append(
                {
                    "id": len(annotations) + 1,  # 0 would read as "not matched"
                    "image_id": image,
                    "category_id": int(label),
                    "bbox": box,
                    "area": float(area),
                    "iscrowd": int(ignore),
                }
            )
    return {
        "images": [
            {"id": i, "height": t.size[0], "width": t.size[1]} for i, t in enumerate(truths)
        ],
        "annotations": annotations,
        "categories": [{"id": label, "name": str(label)} for label in range(num_classes)],
    }


def _results(detections: Sequence[Detections]) -> list[dict]:
    """The detections as a COCO results file would hold them."""
    results = []
    for image, found in enumerate(detections):
        kept = found.over(SCORE_FLOOR)
        for box, label, score in zip(_xywh(kept.boxes), kept.labels, kept.scores, strict=True):
            results.append(
                {
                    "image_id": image,
                    "category_id": int(label),
                    "bbox": box,
                    "score": float(score),
                }
            )
    return results


def _xywh(boxes: np.ndarray) -> list[list[float]]:
    """Corners to corner and size, as plain numbers."""
    boxes = boxes.astype(np.float64)
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1).tolist()


def _silent(*_: object) -> None:
    """Takes the library's progress messages."""
