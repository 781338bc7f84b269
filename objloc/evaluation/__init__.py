"""Measuring a localizer: one function from detections and truths to every reported number.

Everything here is NumPy in and NumPy out. Names are imported when first used: what only asks a
model needs none of what measures it.
"""

from typing import TYPE_CHECKING

from objloc.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from objloc.evaluation.analysis import Analysis, analyse
    from objloc.evaluation.baselines import mean_box
    from objloc.evaluation.coco_evaluation import average_precision, coco_numbers
    from objloc.evaluation.detections import Detections
    from objloc.evaluation.evaluation import evaluate
    from objloc.evaluation.matching import match
    from objloc.evaluation.prediction import predict_batches
    from objloc.evaluation.predictor import Predictor
    from objloc.evaluation.report import Report
    from objloc.evaluation.score_threshold import choose_score_threshold
    from objloc.evaluation.voc_evaluation import voc_average_precision

_HOMES = {
    "Analysis": "analysis",
    "Detections": "detections",
    "Predictor": "predictor",
    "Report": "report",
    "analyse": "analysis",
    "average_precision": "coco_evaluation",
    "choose_score_threshold": "score_threshold",
    "coco_numbers": "coco_evaluation",
    "evaluate": "evaluation",
    "match": "matching",
    "mean_box": "baselines",
    "predict_batches": "prediction",
    "voc_average_precision": "voc_evaluation",
}

__all__ = [
    "Analysis",
    "Detections",
    "Predictor",
    "Report",
    "analyse",
    "average_precision",
    "choose_score_threshold",
    "coco_numbers",
    "evaluate",
    "match",
    "mean_box",
    "predict_batches",
    "voc_average_precision",
]

__getattr__ = lazy_imports(__name__, _HOMES)
