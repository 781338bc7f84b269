"""Ends a training that no longer gets better."""

from collections.abc import Mapping
from typing import Any

from objloc.training.callbacks.training_callback import TrainingCallback
from objloc.training.fit_context import FitContext
from objloc.training.names import improves, monitored


class EarlyStopping(TrainingCallback):
    """Stop after `patience` epochs without improvement; a resumed run remembers the count.

    The weights are left alone: `BestCheckpoint` keeps the best ones.

    Args:
        monitor: metric to watch (`val/mean_iou`).
        mode: "max" or "min".
        patience: epochs without improvement before stopping.
        min_delta: what counts as no improvement.
        start_from_epoch: epochs at the start that are not counted.
    """

    def __init__(
        self,
        monitor: str,
        mode: str = "max",
        patience: int = 10,
        min_delta: float = 0.0,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.mode = mode
        self.patience = patience
        self.min_delta = min_delta
        self.start_from_epoch = start_from_epoch
        self.best: float | None = None
        self.wait = 0
        self.stopped_epoch: int | None = None

    def attach(self, context: FitContext) -> None:
        """Forget an earlier run."""
        self.best, self.wait, self.stopped_epoch = None, 0, None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Count; stop when patience is at an end."""
        value = monitored(logs or {}, self.monitor, "callbacks.early_stopping")
        if epoch < self.start_from_epoch:
            return
        if improves(value, self.best, self.mode, self.min_delta):
            self.best, self.wait = value, 0
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def get_state(self) -> dict[str, Any]:
        """Return the best value, the count and the epoch of the stop."""
        return {"best": self.best, "wait": self.wait, "stopped_epoch": self.stopped_epoch}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on counting."""
        self.best = state["best"]
        self.wait = state["wait"]
        self.stopped_epoch = state["stopped_epoch"]
