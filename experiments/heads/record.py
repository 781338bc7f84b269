"""What the study keeps of each training and of each model's speed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from experiments.heads.plan import HEADS, TASKS, Training
from experiments.machine import Machine
from experiments.measured_run import MeasuredRun

KEPT = (
    "mean_iou",
    "localization_accuracy",
    "class_accuracy",
    "precision",
    "recall",
    "f1",
    "ap",
    "ap50",
    "ap75",
    "score_threshold",
)
INTERVALS = ("mean_iou_low", "mean_iou_high", "ap_low", "ap_high", "ap50_low", "ap50_high")
"""Ends of the 95 % intervals, had other test pictures of the kind been drawn."""


@dataclass(frozen=True)
class Record(MeasuredRun):
    """One training and what came of it; of metrics, those in `KEPT` and `INTERVALS`.

    Attributes:
        task: name in `TASKS`, option of conf/experiment.
        head: option of conf/head.
        seed: of the training.
        words: of the command line, without those that name folders.
        beside: how many trainings ran at a time, this one counted.
    """

    task: str
    head: str
    seed: int
    words: tuple[str, ...]
    beside: int

    @property
    def training(self) -> Training:
        """What was trained."""
        return Training(self.task, self.head, self.seed, self.words)

    @property
    def key(self) -> tuple[str, str, int]:
        """What there is one record of."""
        return self.training.key


@dataclass(frozen=True)
class Speed:
    """How fast a trained model answers, nothing else running: network and decoding.

    Attributes:
        task: name in `TASKS`.
        head: option of conf/head.
        milliseconds: for one picture alone.
        images_per_second: in batches of 32.
    """

    task: str
    head: str
    milliseconds: float
    images_per_second: float


@dataclass(frozen=True)
class Results:
    """Everything that was measured."""

    records: tuple[Record, ...] = ()
    speeds: tuple[Speed, ...] = ()

    def with_record(self, record: Record) -> "Results":
        """The same with a record, in place of the old one of its task, head and seed."""
        return Results(
            (*(old for old in self.records if old.key != record.key), record), self.speeds
        )

    def with_speeds(self, speeds: Sequence[Speed]) -> "Results":
        """The same with speeds, in place of the old ones of their tasks and heads."""
        new = {(speed.task, speed.head) for speed in speeds}
        kept = (old for old in self.speeds if (old.task, old.head) not in new)
        return Results(self.records, (*kept, *speeds))


def read_results(file: Path) -> Results:
    """The results of a file; none if there is no file."""
    if not file.exists():
        return Results()
    content = json.loads(file.read_text(encoding="utf-8"))
    return Results(
        tuple(
            Record(**{**one, "words": tuple(one["words"]), "machine": Machine(**one["machine"])})
            for one in content["records"]
        ),
        tuple(Speed(**one) for one in content["speeds"]),
    )


def write_results(file: Path, results: Results) -> None:
    """Write results in the order of the page: whole or not at all."""
    content = {
        "records": [asdict(one) for one in sorted(results.records, key=_record_place)],
        "speeds": [asdict(one) for one in sorted(results.speeds, key=_speed_place)],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    new.replace(file)


def by_head(results: Results, task: str) -> dict[str, list[Record]]:
    """Head → its records of a task by seed, in the order of the page."""
    groups: dict[str, list[Record]] = {}
    for record in sorted(results.records, key=_record_place):
        if record.task == task:
            groups.setdefault(record.head, []).append(record)
    return groups


def _record_place(record: Record) -> tuple[int, int, str, int]:
    return (*_place(record.task, record.head), record.seed)


def _speed_place(speed: Speed) -> tuple[int, int, str]:
    return _place(speed.task, speed.head)


def _place(task: str, head: str) -> tuple[int, int, str]:
    known = HEADS.index(head) if head in HEADS else len(HEADS)
    return list(TASKS).index(task), known, head
