"""Runs one training as a user would, in a process of its own, and reads what it left behind."""

import math
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import yaml

from experiments.ladder.record import KEPT, Record
from experiments.machine import Machine
from experiments.measured_run import REPOSITORY, of_report, read_report


def train(experiment: str, seed: int, overrides: Sequence[str], runs: Path) -> tuple[Record, Path]:
    """Train an experiment with a seed; return the record and the run's folder.

    Args:
        experiment: option of conf/experiment.
        seed: see `Record`.
        overrides: further words of the command line.
        runs: folder in which the run gets a folder of its own.

    Raises:
        subprocess.CalledProcessError: the training failed; it said why on the terminal.
    """
    now = datetime.now()
    folder = runs.absolute() / f"{now:%Y-%m-%d_%H-%M-%S}-{experiment}-seed{seed}"
    words = [f"+experiment={experiment}", f"seed={seed}", *overrides]
    print(f"\n$ python -m objloc.train {' '.join(words)}", flush=True)
    start = time.perf_counter()
    command = [sys.executable, "-m", "objloc.train", *words, f"hydra.run.dir='{folder}'"]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    seconds = time.perf_counter() - start
    record = read_run(
        folder,
        experiment=experiment,
        seed=seed,
        overrides=overrides,
        minutes=seconds / 60,
        date=f"{now:%Y-%m-%d}",
        machine=Machine.here(),
    )
    return record, folder


def read_run(
    folder: Path,
    *,
    experiment: str,
    seed: int,
    overrides: Sequence[str],
    minutes: float,
    date: str,
    machine: Machine,
) -> Record:
    """The record of a finished run: its report, its config and its model."""
    report = read_report(folder)
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    trainer, dataset = config["trainer"], config["dataset"]
    steps = dataset["train_size"] // trainer["batch_size"]
    batches = math.ceil(dataset["test_size"] / trainer["eval_batch_size"])
    steps = min(steps, trainer["limit_steps"] or steps)
    batches = min(batches, trainer["limit_val_steps"] or batches)
    return Record(
        experiment=experiment,
        seed=seed,
        overrides=tuple(overrides),
        test={name: report["test"][name] for name in KEPT if name in report["test"]},
        test_scenes=min(dataset["test_size"], batches * trainer["eval_batch_size"]),
        minutes=minutes,
        scenes=report["epochs"] * steps * trainer["batch_size"],
        image_size=dataset["image_size"],
        date=date,
        machine=machine,
        **of_report(folder, report),
    )
