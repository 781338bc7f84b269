"""Sends each epoch's numbers to the run logger."""

import math
from typing import Any

from keras import ops

from objloc.training.callbacks.training_callback import TrainingCallback
from objloc.training.fit_context import FitContext
from objloc.training.names import to_tracking


class MetricLog(TrainingCallback):
    """Log every metric of an epoch under objloc's name, with the learning rate; step = epoch.

    The only place where Keras' `val_x` becomes `val/x`. Part of every training.
    """

    def __init__(self) -> None:
        super().__init__()
        self._context: FitContext | None = None

    def attach(self, context: FitContext) -> None:
        """Take the logger."""
        self._context = context

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log the epoch; epochs count from 1."""
        assert self._context is not None
        metrics = {to_tracking(name): float(value) for name, value in (logs or {}).items()}
        rate = ops.convert_to_numpy(self.model.optimizer.learning_rate)
        metrics["train/learning_rate"] = float(rate)
        finite = {name: value for name, value in metrics.items() if math.isfinite(value)}
        self._context.logger.log_metrics(finite, step=epoch + 1)
