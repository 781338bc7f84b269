"""`objloc.train` with a training of milliseconds in the place of TensorFlow's.

Everything around the training is real: configs, launchers, processes, run folders, MLflow, the
study. `loss.weights.box` says what happens: see `_misfortune`. Each start of a training leaves a
line in `starts.txt` of the output folder: trial, seed, the epoch that it begins with.
"""

import json
import math
import os
import signal
import time
from pathlib import Path

import pytest
from omegaconf import DictConfig

import objloc.train
from objloc.config import build, hydra_command
from objloc.config.command import Sweeps
from objloc.errors import TrainingError
from objloc.sweeps.job import SweepJob
from objloc.sweeps.sweep_folder import find_sweep
from objloc.sweeps.sweeper import TrialSweeper
from objloc.sweeps.trial_progress import TrialProgress
from objloc.tracking import TrackedRun
from objloc.training.run_folder import RunFolder

FAILS, DIVERGES, DIES, NEEDS_MEMORY, IS_SLOW = 91, 92, 93, 94, 95


def run(config: DictConfig) -> float | None:
    """The command, with the toy's training; also in another process, which knows no patches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objloc.train, "train", train)
        return objloc.train.run(config)


def train(
    config: DictConfig, folder: RunFolder, logger: TrackedRun, job: SweepJob | None = None
) -> dict[str, float]:
    """Comes to 1 at best, where the learning rate is 0.002."""
    assert job is not None
    checkpoint = folder.last_checkpoint
    first = json.loads(checkpoint.read_text()) if checkpoint.exists() else 0
    with (Path(config.output_root) / "starts.txt").open("a") as file:
        file.write(f"{job.trial} {job.seed} {first}\n")
    quality = 1 - abs(math.log10(config.optimizer.learning_rate / 0.002))
    quality += 0.01 * math.sin(7 * config.seed + 1e4 * config.optimizer.learning_rate)
    progress = TrialProgress(job, build(config.pruner)) if job.prunable else None
    epochs = config.trainer.epochs
    value = 0.0
    logger.log_params({"seed": config.seed})
    for epoch in range(first, epochs):
        time.sleep(float(os.environ.get("TOY_SECONDS", "0.01")))
        _misfortune(int(config.loss.weights.box), epoch)
        value = quality * (epoch + 1) / epochs
        logger.log_metrics({"val/mean_iou": value}, epoch + 1)
        checkpoint.parent.mkdir(exist_ok=True)
        checkpoint.write_text(json.dumps(epoch + 1))
        if progress is not None:
            progress.report(epoch + 1, epochs, value)
    milliseconds = 10 * config.optimizer.learning_rate
    return {"val/mean_iou": value, "test/mean_iou": value, "val/milliseconds": milliseconds}


def _misfortune(kind: int, epoch: int) -> None:
    if epoch == 1 and kind == FAILS:
        raise ValueError("no such thing")
    if epoch == 1 and kind == DIVERGES:
        raise TrainingError("the loss is no number any more: epoch 2")
    if epoch == 1 and kind == DIES:
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does when memory runs out
    if epoch == 1 and kind == NEEDS_MEMORY:
        raise MemoryError("OOM when allocating tensor")
    if kind == IS_SLOW:
        time.sleep(0.3)


main = hydra_command("train", run, sweeps=Sweeps(TrialSweeper, find_sweep))

if __name__ == "__main__":
    main()
