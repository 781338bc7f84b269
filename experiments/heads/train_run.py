"""Runs one training as a user would, in a process of its own, and reads what it left behind."""

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from experiments.heads.plan import Training
from experiments.heads.record import INTERVALS, KEPT, Record
from experiments.machine import Machine
from experiments.measured_run import REPOSITORY, of_report, read_report


def train(training: Training, folder: Path, own_words: Sequence[str], beside: int) -> Record:
    """Train; what the process says goes to a file beside the run's folder.

    Args:
        training: what.
        folder: of the run; what an interrupted training left there is removed.
        own_words: further words that are not kept, such as where the pictures are.
        beside: see `Record`.

    Raises:
        subprocess.CalledProcessError: the training failed; the file says why.
    """
    now = datetime.now()
    if folder.exists():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    words = [*training.words, *own_words, f"hydra.run.dir='{folder}'"]
    start = time.perf_counter()
    with log_of(folder).open("w", encoding="utf-8") as log:
        subprocess.run(
            [sys.executable, "-m", "objloc.train", *words],
            cwd=REPOSITORY,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    minutes = (time.perf_counter() - start) / 60
    return read_run(training, folder, minutes, beside, f"{now:%Y-%m-%d}", Machine.here())


def log_of(folder: Path) -> Path:
    """The file with what the training of a folder says."""
    return folder.with_name(f"{folder.name}.log")


def read_run(
    training: Training, folder: Path, minutes: float, beside: int, date: str, machine: Machine
) -> Record:
    """The record of a finished run: its report and its model."""
    report = read_report(folder)
    test = {**report["analysis"]["test"], **report["test"]}
    return Record(
        task=training.task,
        head=training.head,
        seed=training.seed,
        words=training.words,
        test={name: test[name] for name in (*KEPT, *INTERVALS) if test.get(name) is not None},
        minutes=minutes,
        beside=beside,
        date=date,
        machine=machine,
        **of_report(folder, report),
    )
