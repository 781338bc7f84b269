"""Average precision by COCO's protocol, counted by faster-coco-eval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from objloc.data.truth import Truth
from objloc.evaluation.detections import Detections

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


def average_precision(
    detections: Sequence[Detections], truths: Sequence[Truth], num_classes: int
) -> AveragePrecision:
    """AP of detections, class-aware, over all object sizes.

    Boxes marked "ignore" are COCO's crowds: a detection half inside one is not counted.
    """
    # Here, not above: the library is not needed where a model only predicts.
    from faster_coco_eval import COCO, COCOeval_faster

    if not any((~truth.ignore).any() for truth in truths):
        nowhere = np.full(num_classes, np.nan)
        return AveragePrecision(np.nan, np.nan, np.nan, nowhere, nowhere.copy())
    truth_set = COCO(_truth_annotations(truths, num_classes), print_function=_silent)
    found = truth_set.loadRes(_results(detections))
    scorer = COCOeval_faster(truth_set, found, iouType="bbox", print_function=_silent)
    scorer.params.maxDets = [MAX_DETECTIONS]
    scorer.params.areaRng, scorer.params.areaRngLbl = scorer.params.areaRng[:1], ["all"]
    scorer.evaluate()
    scorer.accumulate()
    # [IoU thresholds, recall points, classes, 1 area range, 1 limit]; -1 where a class never occurs
    precision = np.asarray(scorer.eval["precision"], np.float64)[..., 0, 0]
    precision = np.where(precision > -1, precision, np.nan)
    by_iou = np.nanmean(precision, axis=(1, 2))
    occurs = ~np.isnan(precision[0, 0])
    class_ap, class_ap50 = np.full((2, num_classes), np.nan)
    class_ap[occurs] = precision[..., occurs].mean(axis=(0, 1))
    class_ap50[occurs] = precision[0][:, occurs].mean(axis=0)
    return AveragePrecision(
        ap=float(np.nanmean(precision)),
        ap50=float(by_iou[0]),
        ap75=float(by_iou[5]),
        class_ap=class_ap,
        class_ap50=class_ap50,
    )


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
