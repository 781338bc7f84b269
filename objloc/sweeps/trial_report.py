"""Reports a training's progress to its sweep, and stops it when the pruner finds it hopeless."""

from typing import Any

from objloc.sweeps.trial_progress import TrialProgress
from objloc.training import TrainingCallback
from objloc.training.fit_context import FitContext
from objloc.training.names import monitored


class TrialReport(TrainingCallback):
    """After each epoch the objective goes to the study; a pruned training raises `PrunedError`.

    Args:
        progress: of the job whose training it is.
    """

    def __init__(self, progress: TrialProgress) -> None:
        super().__init__()
        self.progress = progress
        self.epochs = 0

    def attach(self, context: FitContext) -> None:
        """Take the number of epochs."""
        self.epochs = context.epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report the epoch."""
        value = monitored(logs or {}, self.progress.metric, "sweep.metric")
        self.progress.report(epoch + 1, self.epochs, value)
