"""The callback list of a training: who is told what, and when a checkpoint is written."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from objloc.training.averaged_weights import AveragedWeights
from objloc.training.callbacks.training_callback import TrainingCallback
from objloc.training.checkpoint import save_checkpoint, training_variables
from objloc.training.fit_context import FitContext


class FitCallbacks(keras.callbacks.CallbackList):
    """Keras' callback list, with what a resumable training needs around each event.

    - From the start of validation to the start of the next epoch the model has its averaged weights
      (`AveragedWeights`); a checkpoint always holds the raw ones beside the averages.
    - Steps count through an epoch, also where `Model.fit` runs only the rest of it.
    - Keras converts every result of every batch for callbacks; here that is done only when one of
      them overrides a batch hook. objloc's own use `TrainingCallback.on_step`.

    Args:
        named: name → callback; the name is the key of its state in a checkpoint.
        model: compiled, optimizer built.
        context: what callbacks may know.
        averaged: the model's averaged weights.
        checkpoint: file of the last checkpoint.
        fixed: facts that a resume must agree with, stored in each checkpoint.
        every_epochs: epochs between two checkpoints; there is always one after the last epoch.
        every_steps: steps between two checkpoints inside an epoch, or None for none.
    """

    def __init__(
        self,
        named: Mapping[str, keras.callbacks.Callback],
        *,
        model: keras.Model,
        context: FitContext,
        averaged: AveragedWeights,
        checkpoint: Path,
        fixed: Mapping[str, object],
        every_epochs: int = 1,
        every_steps: int | None = None,
    ) -> None:
        super().__init__(
            list(named.values()),
            add_history=True,
            model=model,
            epochs=context.epochs,
            steps=context.steps_per_epoch,
            verbose=0,
        )
        self.epoch = 0
        self.step = 0
        self.history: list[dict[str, float]] = []
        self.hold_end = False
        self._named = dict(named)
        self._model_trained = model
        self._context = context
        self._averaged = averaged
        self._checkpoint = checkpoint
        self._fixed = dict(fixed)
        self._every_epochs = every_epochs
        self._every_steps = every_steps
        self._watchers = [
            callback
            for callback in named.values()
            if isinstance(callback, TrainingCallback) and _overrides(callback, "on_step")
        ]
        self._forwards = any(
            _overrides(callback, name)
            for callback in self.callbacks
            for name in ("on_batch_end", "on_train_batch_end")
        )
        self._begun = False
        self._warm = False
        self._metric_values: list[np.ndarray] | None = None
        self._clock = 0.0
        self._steps_before_clock = 0
        self._train_seconds: float | None = None
        for callback in named.values():
            if isinstance(callback, TrainingCallback):
                callback.attach(context)

    def get_state(self) -> dict[str, Any]:
        """Return all that a checkpoint holds beside the variables."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "stopped": bool(self._model_trained.stop_training),
            "fixed": self._fixed,
            "history": self.history,
            "callbacks": {
                name: callback.get_state()
                for name, callback in self._named.items()
                if hasattr(callback, "get_state")
            },
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint; the model's variables are restored already."""
        self.epoch, self.step = state["epoch"], state["step"]
        self.history = list(state["history"])
        for name, callback in self._named.items():
            if name in state["callbacks"] and hasattr(callback, "set_state"):
                callback.set_state(state["callbacks"][name])
        if self.step:
            # Keras resets metrics before it starts an epoch, also before the rest of one.
            metrics = self._model_trained.metrics_variables
            self._metric_values = [np.copy(ops.convert_to_numpy(metric)) for metric in metrics]

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Tell the callbacks, once a training."""
        if not self._begun:
            self._begun = True
            super().on_train_begin(logs)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Tell the callbacks, unless only the rest of an epoch has ended."""
        if not self.hold_end:
            super().on_train_end(logs)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Put the raw weights and, in the rest of an epoch, the metrics' sums back."""
        self._averaged.take_out()
        if epoch != self.epoch:
            self.step = 0
        self.epoch = epoch
        if self._metric_values is not None:
            metrics = self._model_trained.metrics_variables
            for metric, value in zip(metrics, self._metric_values, strict=True):
                metric.assign(value)
            self._metric_values = None
        self._start_clock()
        super().on_epoch_begin(epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Tell the callbacks which step of the epoch begins (from 0)."""
        super().on_train_batch_begin(self.step, logs)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Tell the callbacks; write a checkpoint if one is due inside the epoch."""
        self.step += 1
        if not self._warm:
            # The first step of a process compiles the graph: it is no measure of speed.
            self._warm = True
            if self._context.steps_per_epoch > 1:
                self._start_clock()
        for watcher in self._watchers:
            watcher.on_step(self.epoch, self.step, logs or {})
        if self._forwards:
            super().on_train_batch_end(self.step - 1, logs)
        if (
            self._every_steps is not None
            and self.step % self._every_steps == 0
            and self.step < self._context.steps_per_epoch
        ):
            self._save()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Validate with the averaged weights."""
        self._stop_clock()
        self._averaged.put_in()
        super().on_test_begin(logs)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Tell the callbacks, add to the history, write the checkpoint if one is due."""
        self._stop_clock()
        self._averaged.put_in()
        plain = {name: float(value) for name, value in (logs or {}).items()}
        steps = self.step - self._steps_before_clock
        if self._train_seconds and steps:
            plain["images_per_second"] = steps * self._context.batch_size / self._train_seconds
        super().on_epoch_end(epoch, plain)
        self.history.append(plain)
        self.epoch, self.step = epoch + 1, 0
        last = self._model_trained.stop_training or self.epoch == self._context.epochs
        if last or self.epoch % self._every_epochs == 0:
            self._averaged.take_out()
            self._save()
            self._averaged.put_in()

    def close(self) -> None:
        """Tell objloc's callbacks that training ended, however it did."""
        for callback in self._named.values():
            if isinstance(callback, TrainingCallback):
                callback.close()

    def _save(self) -> None:
        variables = training_variables(self._model_trained)
        save_checkpoint(self._checkpoint, variables, self.get_state())

    def _start_clock(self) -> None:
        self._clock = time.perf_counter()
        self._steps_before_clock = self.step
        self._train_seconds = None

    def _stop_clock(self) -> None:
        if self._train_seconds is None:
            self._train_seconds = time.perf_counter() - self._clock


def _overrides(callback: keras.callbacks.Callback, name: str) -> bool:
    """Return whether a callback does something in the hook `name`."""
    plain: Sequence[object] = [
        getattr(base, name, None) for base in (keras.callbacks.Callback, TrainingCallback)
    ]
    return getattr(getattr(callback, name), "__func__", None) not in plain
