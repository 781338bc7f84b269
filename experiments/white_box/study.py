"""The models of the study, trained one after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from experiments.white_box.size import Size
from experiments.white_box.task import creatures, on_the_right, rectangles
from experiments.white_box.training import DENSE, GRID, Recipe, Trained, train
from objloc.data import Dataset


@dataclass(frozen=True)
class Study:
    """What is looked at.

    Attributes:
        size: how much is measured.
        dense: flatten-and-dense on white rectangles.
        grid: a grid on the same.
        dense_right: flatten-and-dense that never saw an object in the left third.
        grid_right: a grid that never did.
        creatures: a grid on creatures, or nothing, in front of photographs.
    """

    size: Size
    dense: Trained
    grid: Trained
    dense_right: Trained
    grid_right: Trained
    creatures: Trained

    @property
    def pair(self) -> tuple[Trained, Trained]:
        """The two that were trained on rectangles anywhere."""
        return self.dense, self.grid


def train_all(size: Size, folder: Path, tell: Callable[[str], None]) -> Study:
    """Trains the models, which takes most of the study's time.

    Args:
        size: how long.
        folder: for what trainings leave behind; nothing in it is needed afterwards.
        tell: is told what is trained next.
    """
    anywhere = rectangles(size)
    right = on_the_right(anywhere)
    animals = creatures(size)
    plan: dict[str, tuple[Recipe, Dataset, int, bool]] = {
        "dense": (DENSE, anywhere, size.epochs, True),
        "grid": (GRID, anywhere, size.epochs, True),
        "dense_right": (DENSE, right, size.epochs, False),
        "grid_right": (GRID, right, size.epochs, False),
        "creatures": (GRID, animals, size.creature_epochs, True),
    }
    if not size.apart:
        del plan["dense_right"], plan["grid_right"]
    trained = {}
    for number, (name, (recipe, dataset, epochs, watched)) in enumerate(plan.items(), start=1):
        tell(f"training {number} of {len(plan)}: {name}")
        trained[name] = train(recipe, dataset, epochs=epochs, folder=folder / name, watched=watched)
    stand_ins = {"dense_right": trained["dense"], "grid_right": trained["grid"]}
    return Study(size, **{**stand_ins, **trained})
