"""A resumed run ends with the same bits as one that was never interrupted."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from objloc.errors import TrainingError
from objloc.training.checkpoint import load_checkpoint, read_state
from objloc.training.fit_result import FitResult
from objloc.training.run_folder import RunFolder
from tests.conftest import REPOSITORY
from tests.training import tiny_run
from tests.training.conftest import Finished

pytestmark = pytest.mark.slow


def _without_speed(result: FitResult) -> list[dict[str, float]]:
    return [
        {name: value for name, value in epoch.items() if name != "images_per_second"}
        for epoch in result.history
    ]


def _assert_same(
    finished: Finished, folder: RunFolder, run: tuple[object, FitResult, dict]
) -> None:
    localizer, result, callbacks = run
    for group, arrays in tiny_run.snapshot(localizer).items():
        assert len(arrays) == len(finished.variables[group])
        for array, wanted in zip(arrays, finished.variables[group], strict=True):
            np.testing.assert_array_equal(array, wanted)
    assert _without_speed(result) == _without_speed(finished.result)
    for name in ("early_stopping", "best_checkpoint"):
        assert callbacks[name].get_state() == finished.callbacks[name].get_state()
    load_checkpoint(folder.best_checkpoint, {"model": localizer.weights})
    best = [np.copy(weight.numpy()) for weight in localizer.weights]
    load_checkpoint(finished.folder.best_checkpoint, {"model": localizer.weights})
    for array, weight in zip(best, localizer.weights, strict=True):
        np.testing.assert_array_equal(array, weight.numpy())


def test_after_sigkill_inside_an_epoch(finished: Finished, tmp_path: Path) -> None:
    # Dies in the second epoch after step 7; the last checkpoint is of step 6.
    child = subprocess.run(
        [sys.executable, "-m", "tests.training.killed_run", str(tmp_path), "1", "7"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    folder = RunFolder(tmp_path)
    state = read_state(folder.last_checkpoint)
    assert (state["epoch"], state["step"]) == (1, 6)
    run = tiny_run.train(tmp_path, workers=1, resume_from=folder.last_checkpoint)
    _assert_same(finished, folder, run)


def test_from_the_end_of_an_epoch(finished: Finished, tmp_path: Path) -> None:
    state = read_state(finished.first_epoch_checkpoint)
    assert (state["epoch"], state["step"]) == (1, 0)
    folder = RunFolder(tmp_path)
    run = tiny_run.train(tmp_path, resume_from=finished.first_epoch_checkpoint)
    if not folder.best_checkpoint.exists():
        # The best epoch was the first, before the interrupt.
        folder = finished.folder
    _assert_same(finished, folder, run)


def test_a_finished_training_is_not_trained_on(finished: Finished, tmp_path: Path) -> None:
    run = tiny_run.train(tmp_path, resume_from=finished.folder.last_checkpoint)
    _assert_same(finished, finished.folder, run)


def test_a_run_of_another_length_is_refused(finished: Finished, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"steps_per_epoch=8, here it is 2"):
        tiny_run.train(tmp_path, resume_from=finished.folder.last_checkpoint, limit_steps=2)
