"""Everything beyond the report's headline numbers: how good, how sure, and wrong in what way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Bool, Float64

from objloc.data.truth import Truth
from objloc.evaluation.analysis_tables import Table, tables_of
from objloc.evaluation.bootstrap import Interval, Ratio, bootstrap
from objloc.evaluation.calibration import Calibration, calibrate
from objloc.evaluation.coco_evaluation import SCORE_FLOOR, CocoNumbers, coco_numbers
from objloc.evaluation.coco_matching import Ranking, rank
from objloc.evaluation.columns import Columns, columns
from objloc.evaluation.confusion import (
    ClassDetail,
    ConfusionMatrix,
    class_details,
    confusion_matrix,
)
from objloc.evaluation.curves import IouRecall, PrecisionRecall, iou_recall, precision_recall
from objloc.evaluation.detections import Detections
from objloc.evaluation.error_split import ErrorSplit, split_errors
from objloc.evaluation.image_answers import localized, mean, named, presence_told
from objloc.evaluation.kinds import ERRORS, KINDS
from objloc.evaluation.matching import FOUND_IOU, Matches, match
from objloc.evaluation.voc_evaluation import VocAveragePrecision, area_of_finds, match_voc


@dataclass(frozen=True)
class Analysis:
    """What `analyse` measured.

    Attributes:
        class_names: names of the labels 0..C-1.
        score_threshold: from which score on a detection counts in `confusion`, `classes`,
            `iou_recall` and `errors`.
        coco: COCO's 12 numbers.
        voc: PASCAL VOC's AP at IoU .5: "all_point", "11_point", and each with "_plus_one" (see
            `voc_average_precision` for which of them compares with what).
        confusion: objects' classes against detections'.
        classes: one row a class.
        precision_recall: curves at IoU .5, then at .75: of all classes pooled, then of each class.
        iou_recall: share of objects found with at least a given IoU.
        calibration: is a score of .8 right in 80 % of the cases? Of all detections that AP counts.
        errors: what is wrong with each object and detection.
        intervals: 95 % bootstrap intervals by the metric's name in `Report`: `mean_iou`,
            `localization_accuracy`, `class_accuracy`, `presence_accuracy`, `precision`, `recall`,
            `f1`, `ap`, `ap50`, `ap75`.
    """

    class_names: tuple[str, ...]
    score_threshold: float
    coco: CocoNumbers
    voc: Mapping[str, VocAveragePrecision]
    confusion: ConfusionMatrix
    classes: tuple[ClassDetail, ...]
    precision_recall: tuple[PrecisionRecall, ...]
    iou_recall: IouRecall
    calibration: Calibration
    errors: ErrorSplit
    intervals: Mapping[str, Interval]

    def metrics(self) -> dict[str, float]:
        """Name to number, without a split's prefix, for a run's metrics; NaN where unmeasurable.

        Those of COCO's 12 that `Report` lacks (`ap_small` … `ar_large`); `voc_ap_all_point`,
        `voc_ap_11_point`, each also with `_plus_one`; `ece` and `adaptive_ece`; for the kinds of
        error `share_<kind>`, `ap50_rise_<kind>` and `localization_accuracy_rise_<kind>`; for the
        headline metrics `<metric>_low` and `<metric>_high`.
        """
        numbers = {
            field.name: float(getattr(self.coco, field.name))
            for field in fields(self.coco)
            if field.name.startswith(("ap_", "ar_"))
        }
        numbers |= {f"voc_ap_{name}": voc.ap for name, voc in self.voc.items()}
        numbers |= {"ece": self.calibration.ece, "adaptive_ece": self.calibration.adaptive_ece}
        shares = zip(KINDS, self.errors.shares.tolist(), strict=True)
        numbers |= {f"share_{kind}": share for kind, share in shares}
        for kind in ERRORS:
            numbers[f"ap50_rise_{kind}"] = self.errors.ap50_rise[kind]
            rise = self.errors.localization_accuracy_rise[kind]
            numbers[f"localization_accuracy_rise_{kind}"] = rise
        for name, interval in self.intervals.items():
            numbers |= {f"{name}_low": interval.low, f"{name}_high": interval.high}
        return numbers

    def tables(self) -> dict[str, Table]:
        """Name to header and rows, for text, Markdown, HTML or a run's tables.

        Names: "intervals", "coco", "voc", "classes", "confusion", "errors", "errors_by_size",
        "errors_by_relative_size", "errors_by_position", "errors_by_class", "calibration",
        "iou_recall".
        """
        return tables_of(self)


def analyse(
    detections: Sequence[Detections],
    truths: Sequence[Truth],
    class_names: Sequence[str],
    *,
    score_threshold: float,
    resamples: int = 1000,
    seed: int = 0,
) -> Analysis:
    """Analyses detections against the truth; both in the original images' pixels.

    Equal arguments give equal results. The numbers that `evaluate` reports too are the same, and
    boxes marked "ignore" count for none of them.

    Args:
        detections: one entry an image, at every score.
        truths: the same images' truth.
        class_names: names of the labels 0..C-1.
        score_threshold: from which score on a detection counts, as for `evaluate`.
        resamples: how many times the images are drawn anew for the intervals; 0 for none.
        seed: of these draws.

    Raises:
        ValueError: the two sequences differ in length.
    """
    table = columns(detections, truths)
    kept = [found.over(score_threshold) for found in detections]
    is_kept = _over(table, score_threshold)
    matches = match(kept, truths)
    ranking = rank(table.with_detections(_over(table, SCORE_FLOOR)), len(class_names))
    coco = coco_numbers(detections, truths, len(class_names))
    confusion = confusion_matrix(matches, class_names)
    return Analysis(
        class_names=tuple(class_names),
        score_threshold=float(score_threshold),
        coco=coco,
        voc=_voc(detections, truths, len(class_names)),
        confusion=confusion,
        classes=class_details(confusion, coco.class_ap50, _class_mean_iou(matches, class_names)),
        precision_recall=tuple(
            curve
            for limit in (0.5, 0.75)
            for curve in precision_recall(ranking, class_names, limit)
        ),
        iou_recall=iou_recall(matches),
        calibration=_calibration(ranking),
        errors=split_errors(table, is_kept, matches, class_names, SCORE_FLOOR),
        intervals=bootstrap(
            _headline(matches, detections, kept, truths),
            ranking,
            np.array([truth.image_id for truth in truths], np.int64),
            resamples=resamples,
            seed=seed,
        ),
    )


def _over(table: Columns, threshold: float) -> Bool[np.ndarray, " k"]:
    """The detections that `Detections.over` keeps, which compares in float32."""
    return table.detection_score.astype(np.float32) >= threshold


def _voc(
    detections: Sequence[Detections], truths: Sequence[Truth], num_classes: int
) -> dict[str, VocAveragePrecision]:
    """VOC's AP at IoU .5 in its four forms."""
    table = columns([found.over(SCORE_FLOOR) for found in detections], truths)
    forms = {}
    for suffix, extra in (("", 0.0), ("_plus_one", 1.0)):
        finds = match_voc(table, num_classes, FOUND_IOU, extra)
        forms[f"all_point{suffix}"] = area_of_finds(finds, "all")
        forms[f"11_point{suffix}"] = area_of_finds(finds, "11")
    return forms


def _class_mean_iou(matches: Matches, class_names: Sequence[str]) -> Float64[np.ndarray, " c"]:
    """Mean IoU over the objects of each class, as `Report` has it."""
    return np.array(
        [
            mean(matches.object_iou[matches.object_label == label])
            for label in range(len(class_names))
        ],
        np.float64,
    )


def _calibration(ranking: Ranking) -> Calibration:
    """Of all detections down to the score floor, right being a find as COCO counts at IoU .5."""
    counts = ~ranking.aside[0]
    return calibrate(ranking.score[counts], ranking.hit[0, counts])


def _headline(
    matches: Matches,
    detections: Sequence[Detections],
    kept: Sequence[Detections],
    truths: Sequence[Truth],
) -> dict[str, Ratio]:
    """The headline metrics but AP, as sums over images."""
    images = len(truths)
    total = np.bincount(matches.object_image, weights=matches.object_iou, minlength=images)
    objects = np.bincount(matches.object_image, minlength=images).astype(np.float64)
    counted = ~matches.detection_aside
    found = np.bincount(matches.detection_image[counted], minlength=images).astype(np.float64)
    right = np.bincount(matches.detection_image[matches.right()], minlength=images).astype(float)
    return {
        "mean_iou": Ratio(total.astype(np.float64), objects),
        "localization_accuracy": Ratio.mean_of(localized(matches, images).astype(np.float64)),
        "class_accuracy": Ratio.mean_of(named(detections, truths)),
        "presence_accuracy": Ratio.mean_of(presence_told(kept, truths)),
        "precision": Ratio(right, found),
        "recall": Ratio(right, objects),
        "f1": Ratio(2 * right, objects + found),
    }
