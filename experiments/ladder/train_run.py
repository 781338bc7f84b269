"""Runs one training as a user would, in a process of its own, and reads what it left behind."""

import io
import json
import math
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import h5py
import yaml

from experiments.ladder.record import KEPT, Record
from experiments.machine import Machine

REPOSITORY = Path(__file__).resolve().parents[2]


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
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
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
        images_per_second=report["train"]["images_per_second"],
        minutes=minutes,
        epochs=report["epochs"],
        scenes=report["epochs"] * steps * trainer["batch_size"],
        image_size=dataset["image_size"],
        parameters=count_parameters(folder / "model.keras"),
        date=date,
        machine=machine,
    )


def count_parameters(model_file: Path) -> int:
    """Numbers stored in a saved Keras model, batch normalisation's included, seeds not."""
    with zipfile.ZipFile(model_file) as archive:
        weights = io.BytesIO(archive.read("model.weights.h5"))
    sizes = []
    with h5py.File(weights) as file:

        def visit(name: str, entry: h5py.Dataset | h5py.Group) -> None:
            if isinstance(entry, h5py.Dataset) and "seed_generator" not in name:
                sizes.append(entry.size)

        file.visititems(visit)
    return sum(sizes)
