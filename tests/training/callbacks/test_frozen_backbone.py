"""A backbone that stays as it is for the first epochs, and a resume inside, at and after them."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from objloc.models import Localizer
from objloc.training.callbacks import TrainingCallback
from objloc.training.checkpoint import read_state
from objloc.training.fit_context import FitContext
from objloc.training.optimizers import adamw
from objloc.training.run_folder import RunFolder
from tests.training import tiny_run

FROZEN_EPOCHS = 1
STOPS = {"inside": (0, 4), "at the border": (1, 0), "after": (1, 4)}
"""Where checkpoints are kept: finished epochs and steps."""


class Watch(TrainingCallback):
    """Keeps copies of the backbone's variables, its averages and the checkpoints on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone: dict[tuple[int, int], list[np.ndarray]] = {}
        self.averages: dict[tuple[int, int], list[np.ndarray]] = {}

    def attach(self, context: FitContext) -> None:
        self.folder = RunFolder(context.run_dir)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch == 0:
            self._look(0, 0)
        elif (epoch, 0) == STOPS["at the border"]:
            self._keep("at the border")

    def on_step(self, epoch: int, step: int, logs: Mapping[str, Any]) -> None:
        self._look(epoch, step)
        for name, (stop_epoch, stop_step) in STOPS.items():
            # The checkpoint is written after this call: it is there one step later.
            if (epoch, step) == (stop_epoch, stop_step + 1) and stop_step:
                self._keep(name)

    def _keep(self, name: str) -> None:
        shutil.copy(self.folder.last_checkpoint, self.folder.path / f"{name}.npz")

    def _look(self, epoch: int, step: int) -> None:
        self.backbone[epoch, step] = [np.copy(v.numpy()) for v in self.model.backbone.weights]
        averaged = self.model.optimizer.averaged
        mine = {id(variable) for variable in self.model.backbone.weights}
        self.averages[epoch, step] = [
            np.copy(average.numpy())
            for source, average in zip(averaged.sources, averaged.averages, strict=True)
            if id(source) in mine
        ]


@pytest.fixture(scope="module")
def thawed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Localizer, Watch]:
    folder = tmp_path_factory.mktemp("thawed")
    watch = Watch()
    localizer, _, _ = tiny_run.train(
        folder,
        callbacks={"watch": watch},
        freeze_backbone_epochs=FROZEN_EPOCHS,
        checkpoint_every_steps=4,
    )
    return folder, localizer, watch


def test_nothing_in_the_backbone_changes_while_it_is_frozen(
    thawed: tuple[Path, Localizer, Watch],
) -> None:
    _, localizer, watch = thawed
    start, averages = watch.backbone[0, 0], watch.averages[0, 0]
    assert len(start) == 5  # a kernel, and the scale, shift, mean and variance of a normalisation
    for step in range(1, tiny_run.STEPS + 1):
        for found, wanted in zip(watch.backbone[0, step], start, strict=True):
            np.testing.assert_array_equal(found, wanted)
        for found, wanted in zip(watch.averages[0, step], averages, strict=True):
            np.testing.assert_array_equal(found, wanted)
    for found, before in zip(watch.backbone[1, 1], start, strict=True):
        assert (found != before).any()
    for found, before in zip(watch.averages[1, 1], averages, strict=True):
        assert (found != before).any()
    assert len(localizer.trainable_variables) == len(localizer.optimizer._momentums)


def test_the_first_steps_after_thawing_are_no_longer_than_the_rate(
    thawed: tuple[Path, Localizer, Watch],
) -> None:
    _, _, watch = thawed
    kernel = [watch.backbone[1, step][0] for step in range(1, 9)]
    first = np.abs(kernel[0] - watch.backbone[0, tiny_run.STEPS][0]).max()
    # Adam's first step is the rate whatever the gradient; decay adds a hundredth of the weight.
    # Without a correction of its own it would be about twice to three times that.
    rate = float(thawed[1].optimizer._learning_rate(tiny_run.STEPS))
    assert 0.9 * rate < first < 1.1 * rate


@pytest.mark.slow
@pytest.mark.parametrize("where", STOPS)
def test_a_resumed_training_ends_with_the_same_bits(
    thawed: tuple[Path, Localizer, Watch], where: str, tmp_path: Path
) -> None:
    folder, localizer, _ = thawed
    state = read_state(folder / f"{where}.npz")
    assert (state["epoch"], state["step"]) == STOPS[where]
    wanted = tiny_run.snapshot(localizer)
    again, _, _ = tiny_run.train(
        tmp_path, resume_from=folder / f"{where}.npz", freeze_backbone_epochs=FROZEN_EPOCHS
    )
    for group, arrays in tiny_run.snapshot(again).items():
        for array, expected in zip(arrays, wanted[group], strict=True):
            np.testing.assert_array_equal(array, expected)


def test_what_was_frozen_for_good_stays_so_and_all_else_is_left_trainable(tmp_path: Path) -> None:
    class FreezeFirst(TrainingCallback):
        """Freezes the convolution before the backbone is."""

        def set_model(self, model: keras.Model) -> None:
            super().set_model(model)
            model.backbone.layers[2].trainable = False

    localizer, _, _ = tiny_run.train(
        tmp_path,
        callbacks={"freeze": FreezeFirst()},
        freeze_backbone_epochs=5,
        limit_steps=1,
    )
    flags = {type(layer).__name__: layer.trainable for layer in localizer.backbone.layers}
    assert flags["Conv2D"] is False
    assert flags["BatchNormalization"] is True
    assert localizer.backbone.trainable
    assert len(localizer.backbone.trainable_variables) == 2


def test_a_late_weight_steps_as_with_an_optimizer_of_its_own() -> None:
    course = {"learning_rate": 0.1, "schedule": "constant", "total_steps": 9, "steps_per_epoch": 9}
    gradients = np.random.default_rng(0).normal(size=(9, 3)).astype("float32")
    late, early, alone = (keras.Variable(np.ones(3, "float32")) for _ in range(3))
    optimizer = adamw(**course)
    optimizer.build([early, late])
    optimizer.start_late(frozenset({1}), 5)
    other = keras.optimizers.AdamW(0.1, weight_decay=0.01)
    for step, gradient in enumerate(gradients):
        tensor = keras.ops.convert_to_tensor(gradient)
        if step < 5:
            optimizer.apply([tensor], [early])
        else:
            optimizer.apply([tensor, tensor], [early, late])
            other.apply([tensor], [alone])
    np.testing.assert_allclose(late.numpy(), alone.numpy(), rtol=1e-5)
    assert not np.allclose(late.numpy(), early.numpy(), rtol=1e-2)
