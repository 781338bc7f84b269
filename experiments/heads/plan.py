"""What the study trains: datasets, heads, and the words of each training."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from objloc.config import compose

HEADS = ("soft_argmax", "regression", "grid", "ssd", "yolo")

FOLDS = 5


@dataclass(frozen=True)
class Task:
    """A dataset to find out on.

    Attributes:
        several: whether a picture may hold several objects.
        folder: of the labelled pictures, below the data folder; None where scenes are drawn.
        folds: whether each seed is tested on another fold.
    """

    several: bool
    folder: str | None = None
    folds: bool = False


TASKS = {
    "multiclass": Task(several=False),
    "detection": Task(several=True),
    "foosball": Task(several=True, folder="foosball_coco"),
    "raccoon": Task(several=False, folder="raccoon_voc", folds=True),
}


@dataclass(frozen=True)
class Training:
    """One training of the study; `words` are those of its command line."""

    task: str
    head: str
    seed: int
    words: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, int]:
        """What there is one result of."""
        return self.task, self.head, self.seed

    @property
    def name(self) -> str:
        """For files and folders."""
        return f"{self.task}-{self.head}-seed{self.seed}"


def plan(
    tasks: Sequence[str],
    heads: Sequence[str],
    seeds: Sequence[int],
    extra: Sequence[str] = (),
) -> list[Training]:
    """The trainings in order: every head with one seed before the next seed begins.

    Args:
        tasks: names in `TASKS`.
        heads: options of conf/head; the default head of one-object data is left out elsewhere.
        seeds: of weights, order and scenes.
        extra: further words for all.
    """
    return [
        Training(task, head, seed, _words(task, head, seed, extra))
        for task, seed, head in itertools.product(tasks, seeds, heads)
        if not (TASKS[task].several and head == "soft_argmax")
    ]


def place_of_data(task: str, data: Path | None) -> list[str]:
    """The words that say where the pictures are; they differ from machine to machine.

    Raises:
        ValueError: the task needs pictures and nobody said where they are.
    """
    folder = TASKS[task].folder
    if folder is None:
        return []
    if data is None:
        raise ValueError(f"{task} needs --data, the folder that holds {folder}")
    return [f"dataset.root='{data / folder}'"]


def scaled_epochs(task: str, head: str, scale: float, place: Sequence[str]) -> list[str]:
    """The words for `scale` times the epochs that the experiment has; none for 1."""
    if scale == 1:
        return []
    config = compose([f"+experiment={task}", f"head={head}", *place]).config
    return [f"trainer.epochs={max(1, round(config.trainer.epochs * scale))}"]


def _words(task: str, head: str, seed: int, extra: Sequence[str]) -> tuple[str, ...]:
    fold = [f"dataset.fold={seed % FOLDS}"] if TASKS[task].folds else []
    return (f"+experiment={task}", f"head={head}", f"seed={seed}", *fold, *extra)
