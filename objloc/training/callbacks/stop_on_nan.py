"""Stops a training whose loss is no number any more, and says which part of it went first."""

import math
import time
from collections.abc import Mapping
from typing import Any

from objloc.errors import TrainingError
from objloc.training.callbacks.training_callback import TrainingCallback
from objloc.training.fit_context import FitContext

SECONDS_BETWEEN_CHECKS = 0.1


class StopOnNaN(TrainingCallback):
    """Raise a TrainingError as soon as the loss is NaN or infinite.

    Keras reports running means, so one bad step shows in every later one of its epoch: looking a
    few times a second misses none and does not make an accelerator wait for each step. Part of
    every training.
    """

    def __init__(self) -> None:
        super().__init__()
        self._checked_at = 0.0
        self._good_step = 0

    def attach(self, context: FitContext) -> None:
        """Forget an earlier run."""
        self._checked_at, self._good_step = 0.0, 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start counting steps anew."""
        self._good_step = 0

    def on_step(self, epoch: int, step: int, logs: Mapping[str, Any]) -> None:
        """Look at the loss, if some time has passed."""
        now = time.perf_counter()
        if now - self._checked_at < SECONDS_BETWEEN_CHECKS:
            return
        self._checked_at = now
        self._check(epoch, step, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at what the epoch came to, validation included."""
        self._check(epoch, None, logs or {})

    def _check(self, epoch: int, step: int | None, logs: Mapping[str, Any]) -> None:
        if "loss" in logs and math.isfinite(float(logs["loss"])):
            if step is None:
                self._check_validation(epoch, logs)
            else:
                self._good_step = step
            return
        broken = _not_finite(logs, "loss_") or ["loss"]
        first = self._good_step + 1
        if step is None:
            where = f"after step {self._good_step}"
        elif step == first:
            where = f"step {step}"
        else:
            where = f"between steps {first} and {step}"
        raise TrainingError(
            f"the loss is no number any more: epoch {epoch + 1}, {where}, "
            f"{' and '.join(broken)}. Try a lower optimizer.learning_rate, gradient clipping "
            "(optimizer.clip_norm=1), a longer optimizer.warmup or trainer.precision=float32"
        )

    def _check_validation(self, epoch: int, logs: Mapping[str, Any]) -> None:
        broken = _not_finite(logs, "val_loss")
        if broken:
            raise TrainingError(
                f"the validation loss is no number: epoch {epoch + 1}, {' and '.join(broken)}, "
                "though the training loss is. Try a lower optimizer.learning_rate or "
                "optimizer.clip_norm=1"
            )


def _not_finite(logs: Mapping[str, Any], prefix: str) -> list[str]:
    """Return the names beginning with `prefix` whose value is NaN or infinite."""
    return [
        name
        for name, value in logs.items()
        if name.startswith(prefix) and not math.isfinite(float(value))
    ]
