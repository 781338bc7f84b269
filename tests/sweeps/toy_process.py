"""The toy's sweeps in processes of their own, to be killed, and what they leave behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

from tests.conftest import REPOSITORY

TOY = [sys.executable, "-m", "tests.sweeps.toy", "-m"]


def environment(epoch_seconds: float) -> dict[str, str]:
    """Of a process that trains the toy so slowly."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "TOY_SECONDS": str(epoch_seconds)}


def sweep(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A sweep in a process of its own, to its end."""
    return subprocess.run(
        [*TOY, *words],
        cwd=folder,
        env=environment(0.01),
        capture_output=True,
        text=True,
        timeout=240,
    )


def kill_sweep(
    folder: Path, *words: str, when: Callable[[], bool], how: int = signal.SIGKILL
) -> str:
    """Begin a sweep, and kill its process as soon as that is so; what it had said."""
    process = subprocess.Popen(
        [*TOY, *words],
        cwd=folder,
        env=environment(0.3),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not when():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(how)
    return process.communicate(timeout=60)[0]


def starts(folder: Path) -> list[tuple[int, int]]:
    """Trial and first epoch of every training that was begun."""
    file = folder / "outputs" / "starts.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(line.split()[0]), int(line.split()[2])) for line in lines]


def epochs_of(folder: Path, trial: int) -> int:
    """How far a trial's checkpoint is."""
    for file in (folder / "outputs").glob(f"*/{trial}/checkpoints/last.npz"):
        return int(json.loads(file.read_text() or "0"))
    return 0


def runs(folder: Path) -> list[Run]:
    """Every run of the store in a folder."""
    client = MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")
    experiments = [one.experiment_id for one in client.search_experiments()]
    return list(client.search_runs(experiments, max_results=1000))
