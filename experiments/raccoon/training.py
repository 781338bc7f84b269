"""Trains an arm of the study as a user would: one sweep over the folds for each seed."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDS = 5


@dataclass(frozen=True)
class Arm:
    """One way to train.

    Attributes:
        title: for tables.
        overrides: words for the training on the photographs.
        before: words of a training whose weights the others begin with; none for random ones.
    """

    title: str
    overrides: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


ARMS = {
    "scratch": Arm("photographs alone"),
    "scenes_first": Arm("scenes first, then photographs", before=("+experiment=raccoon_scenes",)),
}


def train_folds(
    arm: Arm, name: str, seed: int, root: Path, runs: Path, extra: Sequence[str] = ()
) -> tuple[list[Path], float, float]:
    """Train all folds of an arm with one seed.

    Args:
        arm: how.
        name: of the arm, for folders.
        seed: of weights, order and augmentation; the folds are the same for every seed.
        root: the raccoon dataset.
        runs: where run folders go.
        extra: further words for both trainings.

    Returns:
        The runs' folders by fold, minutes for a fold, minutes of the training before.

    Raises:
        subprocess.CalledProcessError: a training failed; it said why on the terminal.
    """
    words: list[str] = []
    before = 0.0
    if arm.before:
        folder = runs / f"{name}-before-seed{seed}"
        before = _train([*arm.before, f"seed={seed}", *extra, f"hydra.run.dir='{folder}'"])
        words.append(f"trainer.initial_weights='{folder}'")
    sweep = runs / f"{name}-seed{seed}"
    folds = ",".join(map(str, range(FOLDS)))
    minutes = _train(
        [
            "-m",
            "+experiment=raccoon",
            f"dataset.root='{root}'",
            f"dataset.fold={folds}",
            f"seed={seed}",
            *arm.overrides,
            *words,
            *extra,
            f"hydra.sweep.dir='{sweep}'",
        ]
    )
    return [sweep / str(fold) for fold in range(FOLDS)], minutes / FOLDS, before


def _train(words: Sequence[str]) -> float:
    """Run `objloc.train` in a process of its own; the minutes it took."""
    print(f"\n$ python -m objloc.train {' '.join(words)}", flush=True)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "objloc.train", *words], cwd=REPOSITORY, check=True)
    return (time.perf_counter() - start) / 60
