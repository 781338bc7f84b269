"""The base of objloc's callbacks: a Keras callback that knows its run and survives a resume."""

from collections.abc import Mapping
from typing import Any

import keras

from objloc.training.fit_context import FitContext


class TrainingCallback(keras.callbacks.Callback):
    """A Keras callback with three more hooks; every one may be left as it is.

    Any Keras callback works with `objloc.training.fit`; one that has `get_state` and `set_state`
    also goes on where it was after a resume.

    Hooks:
        attach: called once before training with the run's `FitContext`; also the place to forget
            an earlier run.
        on_step: called after each training step with results that were not read from the device
            yet; reading them (`float(logs["loss"])`) waits for the step. Prefer it to
            `on_train_batch_end`, whose logs Keras reads for every batch.
        close: called when `fit` ends, however it ends: an error and an interrupt included.
        get_state, set_state: what a checkpoint keeps of the callback, as JSON can hold it.

    In `on_epoch_end` the model has the weights that were evaluated: with an EMA, the averaged ones.
    """

    def attach(self, context: FitContext) -> None:
        """Take what is needed of the run, and forget an earlier one."""

    def on_step(self, epoch: int, step: int, logs: Mapping[str, Any]) -> None:
        """Called after training step `step` (from 1) of epoch `epoch` (from 0)."""

    def close(self) -> None:
        """Let go of what is held, on success and on failure."""

    def get_state(self) -> dict[str, Any]:
        """Return what `set_state` needs to go on from here."""
        return {}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`, after `attach`."""
