"""Callbacks: what happens beside the training steps, switched on in `conf/callbacks`."""

from objloc.training.callbacks.best_checkpoint import BestCheckpoint
from objloc.training.callbacks.early_stopping import EarlyStopping
from objloc.training.callbacks.explanation_pictures import ExplanationPictures
from objloc.training.callbacks.learning_record import LearningRecord
from objloc.training.callbacks.metric_log import MetricLog
from objloc.training.callbacks.prediction_pictures import PredictionPictures
from objloc.training.callbacks.progress_bar import ProgressBar
from objloc.training.callbacks.stop_on_nan import StopOnNaN
from objloc.training.callbacks.training_callback import TrainingCallback

__all__ = [
    "BestCheckpoint",
    "EarlyStopping",
    "ExplanationPictures",
    "LearningRecord",
    "MetricLog",
    "PredictionPictures",
    "ProgressBar",
    "StopOnNaN",
    "TrainingCallback",
]
