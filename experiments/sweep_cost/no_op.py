"""`objloc.train` without a training: what is left is what a job costs beside it.

python -m experiments.sweep_cost.no_op -m seed=range(0,10)
"""

import json

import numpy as np
from omegaconf import DictConfig

import objloc.train
from objloc.config import hydra_command
from objloc.config.command import Sweeps
from objloc.sweeps.job import SweepJob
from objloc.sweeps.sweep_folder import find_sweep
from objloc.sweeps.sweeper import TrialSweeper
from objloc.tracking import TrackedRun
from objloc.training.run_folder import RunFolder

CHECKPOINT_BYTES = 9_000_000
"""As large as that of multiclass: weights, two moments of each."""


def run(config: DictConfig) -> float | None:
    """The command around nothing."""
    objloc.train.train = train
    return objloc.train.run(config)


def train(
    config: DictConfig, folder: RunFolder, logger: TrackedRun, job: SweepJob | None = None
) -> dict[str, float]:
    """Records what a training of one epoch records, and writes a checkpoint."""
    folder.last_checkpoint.parent.mkdir(exist_ok=True)
    np.savez(folder.last_checkpoint, weights=np.zeros(CHECKPOINT_BYTES // 4, np.float32))
    (folder.path / "report.json").write_text(json.dumps({}))
    logger.log_params({"seed": config.seed})
    metrics = {"val/mean_iou": 0.9 + config.seed / 1000, "test/mean_iou": 0.9}
    logger.log_metrics(metrics, 1)
    return metrics


main = hydra_command("train", run, sweeps=Sweeps(TrialSweeper, find_sweep))

if __name__ == "__main__":
    main()
