"""Training: losses, metrics, optimizers, callbacks, the loop and its checkpoints.

Names are imported when they are first used: `objloc.training.run_folder` must not load TensorFlow.
"""

from typing import TYPE_CHECKING

from objloc.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from objloc.training.callbacks import (
        BestCheckpoint,
        EarlyStopping,
        PredictionPictures,
        ProgressBar,
        TrainingCallback,
    )
    from objloc.training.checkpoint import load_checkpoint, read_state, save_checkpoint
    from objloc.training.fit_context import FitContext
    from objloc.training.fit_result import FitResult
    from objloc.training.loop import fit, steps_per_epoch
    from objloc.training.losses import LocalizationLoss
    from objloc.training.run_folder import RunFolder, find_run_folder
    from objloc.training.run_logger import NullLogger, RunLogger
    from objloc.training.schedules import WarmupSchedule
    from objloc.training.setup import prepare

_HOMES = {
    "BestCheckpoint": "callbacks",
    "EarlyStopping": "callbacks",
    "FitContext": "fit_context",
    "FitResult": "fit_result",
    "LocalizationLoss": "losses",
    "NullLogger": "run_logger",
    "PredictionPictures": "callbacks",
    "ProgressBar": "callbacks",
    "RunFolder": "run_folder",
    "RunLogger": "run_logger",
    "TrainingCallback": "callbacks",
    "WarmupSchedule": "schedules",
    "find_run_folder": "run_folder",
    "fit": "loop",
    "load_checkpoint": "checkpoint",
    "prepare": "setup",
    "read_state": "checkpoint",
    "save_checkpoint": "checkpoint",
    "steps_per_epoch": "loop",
}

__all__ = [
    "BestCheckpoint",
    "EarlyStopping",
    "FitContext",
    "FitResult",
    "LocalizationLoss",
    "NullLogger",
    "PredictionPictures",
    "ProgressBar",
    "RunFolder",
    "RunLogger",
    "TrainingCallback",
    "WarmupSchedule",
    "find_run_folder",
    "fit",
    "load_checkpoint",
    "prepare",
    "read_state",
    "save_checkpoint",
    "steps_per_epoch",
]

__getattr__ = lazy_imports(__name__, _HOMES)
