"""Keeps the weights of the best epoch."""

from collections.abc import Mapping
from typing import Any

from objloc.training.callbacks.training_callback import TrainingCallback
from objloc.training.checkpoint import save_checkpoint
from objloc.training.fit_context import FitContext
from objloc.training.names import improves, monitored
from objloc.training.run_folder import RunFolder


class BestCheckpoint(TrainingCallback):
    """Write the model to `checkpoints/best.npz` whenever the monitored metric improves.

    With an EMA these are the averaged weights: those that were evaluated.

    Args:
        monitor: metric to watch (`val/mean_iou`).
        mode: "max" or "min".
        min_delta: what counts as no improvement.
    """

    def __init__(self, monitor: str, mode: str = "max", min_delta: float = 0.0) -> None:
        super().__init__()
        self.monitor = monitor
        self.mode = mode
        self.min_delta = min_delta
        self.best: float | None = None
        self.best_epoch: int | None = None
        self._folder: RunFolder | None = None

    def attach(self, context: FitContext) -> None:
        """Take the run's folder and forget an earlier run."""
        self.best, self.best_epoch = None, None
        self._folder = RunFolder(context.run_dir)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the weights if they are the best so far."""
        value = monitored(logs or {}, self.monitor, "callbacks.best_checkpoint")
        if not improves(value, self.best, self.mode, self.min_delta):
            return
        self.best, self.best_epoch = value, epoch
        assert self._folder is not None
        save_checkpoint(
            self._folder.best_checkpoint,
            {"model": self.model.weights},
            {"epoch": epoch + 1, "monitor": self.monitor, "value": value},
        )

    def get_state(self) -> dict[str, Any]:
        """Return the best value and its epoch."""
        return {"best": self.best, "best_epoch": self.best_epoch}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on comparing with the best so far."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]
