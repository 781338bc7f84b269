"""Runs the steps on a dataset of COCO's size, each in a fresh process, by turns."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.machine import Machine
from experiments.scale.make_set import Size

FILES = {
    "boxes alone": "annotations/instances_train2017.json",
    "outlines": "outlines.json",
    "outlines, one NaN": "faulty.json",
}
OPENINGS = ("open_dataset", "open_checked", "open_dealt")
_FULL_CACHE = 30_000
"""Pictures after which the cache of decoded pictures is full, whatever the workers."""


@dataclass(frozen=True)
class Scale:
    """What was measured.

    Attributes:
        size: of the dataset.
        file_megabytes: of each label file.
        rounds: of each label file, what `json_load` and `coco_read` took in each round.
        openings: what each way of opening took.
        pickled: bytes of the training split as it is sent to a worker.
        epochs: the memory over an epoch, for each number of workers.
        date: ISO 8601.
        machine: what it ran on.
    """

    size: dict[str, int]
    file_megabytes: dict[str, float]
    rounds: dict[str, list[dict[str, dict[str, float]]]]
    openings: dict[str, dict[str, float]]
    pickled: int
    epochs: list[dict[str, Any]]
    date: str
    machine: Machine


def measure(folder: Path, size: Size, rounds: int, workers: Sequence[int]) -> Scale:
    """Measures the dataset in a folder.

    Args:
        folder: with what `make_set` made.
        size: of it.
        rounds: of reading each label file.
        workers: numbers of worker processes to run an epoch with.
    """
    reading: dict[str, list[dict[str, dict[str, float]]]] = {}
    for text, file in FILES.items():
        (folder / file).read_bytes()  # both readers find it in the system's memory
        reading[text] = [
            {step: _run(step, folder / file) for step in ("json_load", "coco_read")}
            for _ in range(rounds)
        ]
    return Scale(
        size=dict(vars(size)),
        file_megabytes={text: (folder / file).stat().st_size / 1e6 for text, file in FILES.items()},
        rounds=reading,
        openings={step: _run(step, folder) for step in OPENINGS},
        pickled=_run("pickled", folder)["bytes"],
        epochs=[_run("epoch", folder, count) for count in workers],
        date=time.strftime("%Y-%m-%d"),
        machine=Machine.here(),
    )


def ratios(rounds: Sequence[dict[str, dict[str, float]]]) -> list[float]:
    """`Coco.read` over `json.load`, in each round.

    Of CPU time: both use one thread and find the file in memory, so this is what the time would be
    if nothing else ran beside them.
    """
    return [turn["coco_read"]["cpu_seconds"] / turn["json_load"]["cpu_seconds"] for turn in rounds]


def median(rounds: Sequence[dict[str, dict[str, float]]], step: str, key: str) -> float:
    """The middle one of what a step took."""
    return statistics.median(turn[step][key] for turn in rounds)


def slope(memory: Sequence[Sequence[float]], skip: int = _FULL_CACHE) -> float:
    """Megabytes by which memory grows in 10,000 pictures, by least squares.

    Args:
        memory: pictures so far, and megabytes.
        skip: pictures at the beginning that do not count: caches fill.
    """
    later = [(pictures, used) for pictures, used in memory if pictures > skip]
    pictures, used = zip(*later, strict=True)
    return statistics.linear_regression(pictures, used).slope * 10_000


def _run(step: str, place: Path, *numbers: int) -> Any:
    """What a step says that it took."""
    command = [sys.executable, "-m", "experiments.scale.steps", step, str(place)]
    done = subprocess.run([*command, *map(str, numbers)], stdout=subprocess.PIPE, check=True)
    answer = json.loads(done.stdout.decode().splitlines()[-1])
    shown = {key: value for key, value in answer.items() if key != "memory"}
    print(f"{step} {place.name} {shown}", flush=True)
    return answer
