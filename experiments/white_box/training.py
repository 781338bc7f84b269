"""Trains the study's models, all in the same way."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from objloc.data import Dataset
from objloc.evaluation import Predictor, Report
from objloc.evaluation.measurement import answer, report_on
from objloc.evaluation.score_threshold import choose_score_threshold
from objloc.insight.learning.stored import Learning, read_learning
from objloc.models import KerasEngine, Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads import Head
from objloc.models.heads.grid import Grid
from objloc.models.heads.regression import Regression
from objloc.training import LocalizationLoss, fit, prepare
from objloc.training.callbacks.learning_record import LearningRecord
from objloc.training.metrics import MeanIoU
from objloc.training.optimizers import adamw

BATCH = 32
WEIGHTS = {"box": 5.0, "class": 1.0, "objectness": 1.0}
STRIDE = 8
"""Of the map that both heads read: 8 × 8 cells."""


@dataclass(frozen=True)
class Recipe:
    """A kind of model, and what is particular to its training.

    Attributes:
        name: for people.
        head: makes the head for a number of classes.
        box_loss: name of the loss of the coordinates.
        learning_rate: the highest.
    """

    name: str
    head: Callable[[int], Head]
    box_loss: str
    learning_rate: float


DENSE = Recipe(
    "flatten-and-dense",
    # The classic: the whole map as one vector, one dense layer from it to the four coordinates.
    lambda classes: Regression(classes, reading="flatten", hidden=(), stride=STRIDE),
    "bce",
    1e-2,
)
GRID = Recipe(
    "grid",
    # One candidate a cell, the same weights at every place.
    lambda classes: Grid(classes, stride=STRIDE, width=32),
    "ciou",
    4e-3,
)


@dataclass(frozen=True)
class Trained:
    """A model that was trained here, and how that went.

    Attributes:
        recipe: what it is.
        localizer: with the weights of its last step.
        predictor: asks it.
        dataset: what it was trained on.
        history: one mapping an epoch, Keras' names (`loss_box`, `val_mean_iou`) to values.
        batches: training steps of an epoch.
        cpu_seconds: of the process while it trained.
        learning: the record of it; None where it was not watched.
    """

    recipe: Recipe
    localizer: Localizer
    predictor: Predictor
    dataset: Dataset
    history: tuple[Mapping[str, float], ...]
    batches: int
    cpu_seconds: float
    learning: Learning | None

    @property
    def name(self) -> str:
        """For people."""
        return self.recipe.name

    @property
    def scenes_seen(self) -> list[int]:
        """By the end of each epoch."""
        return [BATCH * self.batches * (epoch + 1) for epoch in range(len(self.history))]


def train(recipe: Recipe, dataset: Dataset, *, epochs: int, folder: Path, watched: bool) -> Trained:
    """Trains a model from scratch; chooses its score threshold on validation.

    Args:
        recipe: what is trained.
        dataset: what is learned.
        epochs: passes over the training split.
        folder: where checkpoints go.
        watched: keep a record of how it learns, which takes a little longer.
    """
    prepare(seed=0)
    side = dataset.batch_form.image_size
    classes = len(dataset.class_names)
    backbone = convolutional(side, widths=[16, 32, 64], residual_blocks=[0, 1, 1])
    localizer = Localizer(backbone, recipe.head(classes), dataset.class_names, side)
    batches = len(dataset.split("train")) // BATCH
    optimizer = adamw(
        learning_rate=recipe.learning_rate,
        total_steps=epochs * batches,
        steps_per_epoch=batches,
        warmup=0.05,
        final_share=0.01,
        clip_norm=10.0,
    )
    loss = LocalizationLoss(WEIGHTS, box=recipe.box_loss)
    localizer.compile(optimizer, loss, [MeanIoU(name="mean_iou")])
    start = time.process_time()
    callbacks = {"learning_record": LearningRecord(every_epochs=1)} if watched else {}
    result = fit(
        localizer, dataset, batch_size=BATCH, epochs=epochs, run_dir=folder, callbacks=callbacks
    )
    cpu_seconds = time.process_time() - start
    predictor = Predictor(KerasEngine(localizer), batch_size=64)
    answers = answer(predictor, dataset.split("val"), dataset.batch_form)
    localizer.score_threshold = choose_score_threshold(answers.detections, answers.truths)
    return Trained(
        recipe=recipe,
        localizer=localizer,
        predictor=predictor,
        dataset=dataset,
        history=tuple(result.history),
        batches=batches,
        cpu_seconds=cpu_seconds,
        learning=read_learning(folder) if watched else None,
    )


def test(trained: Trained, dataset: Dataset) -> Report:
    """How well a model does on the test split of a dataset."""
    answers = answer(trained.predictor, dataset.split("test"), dataset.batch_form)
    return report_on(
        answers,
        dataset.class_names,
        score_threshold=trained.localizer.score_threshold,
        typical=None,
    )
