"""Measuring a localizer: one function from detections and truths to every reported number.

Everything here is NumPy in and NumPy out; only `Predictor` touches Keras, so names are imported
when first used.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from objloc.evaluation.average_precision import average_precision
    from objloc.evaluation.baselines import mean_box
    from objloc.evaluation.detections import Detections
    from objloc.evaluation.evaluate import evaluate
    from objloc.evaluation.matching import match
    from objloc.evaluation.predict_batches import predict_batches
    from objloc.evaluation.predictor import Predictor
    from objloc.evaluation.report import Report
    from objloc.evaluation.score_threshold import choose_score_threshold

_HOMES = {
    "Detections": "detections",
    "Predictor": "predictor",
    "Report": "report",
    "average_precision": "average_precision",
    "choose_score_threshold": "score_threshold",
    "evaluate": "evaluate",
    "match": "matching",
    "mean_box": "baselines",
    "predict_batches": "predict_batches",
}

__all__ = [
    "Detections",
    "Predictor",
    "Report",
    "average_precision",
    "choose_score_threshold",
    "evaluate",
    "match",
    "mean_box",
    "predict_batches",
]


def __getattr__(name: str) -> object:
    """Imports a public name's module when the name is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value  # a function named like its module must win over the module
    return value
