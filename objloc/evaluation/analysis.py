"""Everything beyond the report's headline numbers: how good, how sure, and wrong in what way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from objloc.data.truth import Truth
from objloc.evaluation.bootstrap import Interval
from objloc.evaluation.calibration import Calibration
from objloc.evaluation.coco_evaluation import CocoNumbers
from objloc.evaluation.confusion import ClassDetail, ConfusionMatrix
from objloc.evaluation.curves import IouRecall, PrecisionRecall
from objloc.evaluation.detections import Detections
from objloc.evaluation.error_split import ErrorSplit
from objloc.evaluation.voc_evaluation import VocAveragePrecision

Table = tuple[list[str], list[list[object]]]
"""A header and rows of strings and plain numbers (NaN where there is nothing to measure)."""


@dataclass(frozen=True)
class Analysis:
    """What `analyse` measured.

    Attributes:
        class_names: names of the labels 0..C-1.
        score_threshold: from which score on a detection counts in `confusion`, `classes`,
            `iou_recall` and `errors`.
        coco: COCO's 12 numbers.
        voc: PASCAL VOC's AP by "all_point", "11_point", and each with "_plus_one".
        confusion: objects' classes against detections'.
        classes: one row a class.
        precision_recall: curves at IoU .5 and .75: of all classes pooled, then of each class.
        iou_recall: share of objects found with at least a given IoU.
        calibration: is a score of .8 right in 80 % of the cases?
        errors: what is wrong with each object and detection.
        intervals: 95 % bootstrap intervals of the headline metrics, by their name in `Report`.
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

        `ap_small` … `ar_large` (those of COCO's 12 that `Report` lacks), `voc_ap_all_point` …,
        `ece`, `share_<kind>`, `ap50_rise_<kind>`, `localization_accuracy_rise_<kind>` for the
        kinds of error, `mean_iou_low`, `mean_iou_high` … for the headline metrics.
        """
        raise NotImplementedError

    def tables(self) -> dict[str, Table]:
        """Name to header and rows, for text, Markdown, HTML or a run's tables.

        Names: "intervals", "coco", "voc", "classes", "confusion", "errors", "errors_by_size",
        "errors_by_relative_size", "errors_by_position", "errors_by_class", "calibration",
        "iou_recall".
        """
        raise NotImplementedError


def analyse(
    detections: Sequence[Detections],
    truths: Sequence[Truth],
    class_names: Sequence[str],
    *,
    score_threshold: float,
    resamples: int = 1000,
    seed: int = 0,
) -> Analysis:
    """Analyses detections against the truth; both in the original images' pixels."""
    raise NotImplementedError
