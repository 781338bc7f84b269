"""Shows how training goes: a live bar, and one line for each epoch that stays."""

import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from objloc.training.callbacks.training_callback import TrainingCallback
from objloc.training.fit_context import FitContext

SECONDS_BETWEEN_UPDATES = 0.2


class ProgressBar(TrainingCallback):
    """Epoch, loss, one metric, images per second and time left.

    Where the output is no terminal (a file, a pipe) only the lines are printed.

    Args:
        metric: Keras' name of the metric beside the loss (`mean_iou`); shown as `-` if there is
            none.
        console: where to write; None for standard output.
    """

    def __init__(self, metric: str = "mean_iou", console: Console | None = None) -> None:
        super().__init__()
        self.metric = metric
        self._console = Console(highlight=False) if console is None else console
        self._context: FitContext | None = None
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._shown_at = 0.0
        self._began = 0.0
        self._epoch_began = 0.0
        self._steps_done = 0
        self._steps_before = 0
        self._speed = float("nan")

    def attach(self, context: FitContext) -> None:
        """Take the length of the run."""
        self._context = context
        self._shown_at = self._began = 0.0
        self._steps_done = self._steps_before = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the epoch's bar."""
        assert self._context is not None
        self._epoch_began = time.perf_counter()
        self._speed = float("nan")
        if not self._console.is_terminal:
            return
        # Refreshed by hand: rich's own thread would take the time of the training's threads.
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed}/{task.total}  {task.fields[numbers]}"),
            console=self._console,
            transient=True,
            auto_refresh=False,
        )
        self._task = self._bar.add_task(
            "", total=self._context.steps_per_epoch, epoch=self._of(epoch), numbers=""
        )
        self._bar.start()

    def on_step(self, epoch: int, step: int, logs: Mapping[str, Any]) -> None:
        """Move the bar, a few times a second."""
        assert self._context is not None
        now = time.perf_counter()
        if self._began == 0.0:
            # The first step compiles the graph: neither speed nor time left is told from it.
            self._began = self._epoch_began = now
            self._steps_before = step
            return
        self._steps_done += 1
        if self._bar is None or now - self._shown_at < SECONDS_BETWEEN_UPDATES:
            return
        self._shown_at = now
        assert self._task is not None
        steps = step - self._steps_before if self._steps_before else step
        self._speed = steps * self._context.batch_size / (now - self._epoch_began)
        numbers = (
            f"loss {float(logs['loss']):.4f}  {self._metric_text(logs)}  "
            f"{self._speed:.0f} images/s  {_clock(self._left(epoch, step, now))} left"
        )
        self._bar.update(self._task, completed=step, numbers=numbers)
        self._bar.refresh()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the bar away and print the epoch's line."""
        assert self._context is not None
        self.close()
        logs = logs or {}
        now = time.perf_counter()
        self._steps_before = 0
        parts = [
            f"epoch {self._of(epoch)}",
            f"loss {logs.get('loss', float('nan')):.4f}",
            self._metric_text(logs),
        ]
        if "val_loss" in logs:
            parts.append(f"val loss {logs['val_loss']:.4f}")
            parts.append(f"val {self._metric_text(logs, 'val_')}")
        if "images_per_second" in logs:
            parts.append(f"{logs['images_per_second']:.0f} images/s")
        left = self._left(epoch, self._context.steps_per_epoch, now)
        if left > 0:
            parts.append(f"{_clock(left)} left")
        self._console.print("  ".join(parts), soft_wrap=True)

    def close(self) -> None:
        """Take the bar away, so that the terminal is in order after an error too."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _left(self, epoch: int, step: int, now: float) -> float:
        """Return the seconds left, at the pace so far, validation included."""
        assert self._context is not None
        if self._steps_done == 0:
            return 0.0
        steps = self._context.steps_per_epoch
        remaining = (self._context.epochs - epoch) * steps - step
        return remaining * (now - self._began) / self._steps_done

    def _of(self, epoch: int) -> str:
        assert self._context is not None
        total = str(self._context.epochs)
        return f"{epoch + 1:>{len(total)}}/{total}"

    def _metric_text(self, logs: Mapping[str, Any], prefix: str = "") -> str:
        value = logs.get(prefix + self.metric)
        name = self.metric.replace("_iou", " IoU").replace("_", " ")
        return f"{name} -" if value is None else f"{name} {float(value):.4f}"


def _clock(seconds: float) -> str:
    """Return 75 as `1:15` and 3675 as `1:01:15`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
