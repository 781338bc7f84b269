"""One finished training that several tests look at."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from objloc.models import Localizer
from objloc.training.callbacks import TrainingCallback
from objloc.training.fit_context import FitContext
from objloc.training.fit_result import FitResult
from objloc.training.run_folder import RunFolder
from tests.training import tiny_run


@dataclass(frozen=True)
class Finished:
    """A training that was never interrupted."""

    folder: RunFolder
    localizer: Localizer
    result: FitResult
    variables: dict[str, list[np.ndarray]]
    callbacks: dict[str, keras.callbacks.Callback]
    first_epoch_checkpoint: Path
    logged: dict[int, dict[str, float]]


class KeepFirstCheckpoint(TrainingCallback):
    """Copies the checkpoint of the first epoch when the second begins."""

    def attach(self, context: FitContext) -> None:
        self.folder = RunFolder(context.run_dir)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch == 1:
            shutil.copy(self.folder.last_checkpoint, self.folder.path / "first.npz")


class Recorder:
    """A run logger that keeps the metrics."""

    run_id = "recorder"

    def __init__(self) -> None:
        self.metrics: dict[int, dict[str, float]] = {}

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.metrics[step] = dict(metrics)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = RunFolder(tmp_path_factory.mktemp("finished"))
    recorder = Recorder()
    localizer, result, callbacks = tiny_run.train(
        folder.path, callbacks={"keep": KeepFirstCheckpoint()}, logger=recorder
    )
    return Finished(
        folder,
        localizer,
        result,
        tiny_run.snapshot(localizer),
        callbacks,
        folder.path / "first.npz",
        recorder.metrics,
    )
