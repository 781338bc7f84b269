"""What is recorded is true, costs training not a bit, and survives an interruption."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from objloc import train
from objloc.insight.learning.stored import FOLDER, read_learning
from objloc.models import Localizer
from objloc.models.heads.regression import Regression
from objloc.training import LocalizationLoss
from objloc.training.callbacks import ExplanationPictures, LearningRecord, TrainingCallback
from objloc.training.callbacks.own_time import epochs_between
from objloc.training.checkpoint import read_state
from objloc.training.fit_context import FitContext
from objloc.training.learning_measurer import LearningMeasurer
from objloc.training.run_folder import RunFolder
from objloc.training.run_logger import NullLogger
from tests.conftest import Command
from tests.training import tiny_run
from tests.training.conftest import Finished

LAST_STEP = tiny_run.STEPS - 1
WEIGHTS = {"box": 5.0, "class": 1.0, "objectness": 0.5}


class Keep(TrainingCallback):
    """Keeps the checkpoint that was written before the last step of the second epoch."""

    def attach(self, context: FitContext) -> None:
        self.folder = RunFolder(context.run_dir)

    def on_step(self, epoch: int, step: int, logs: Mapping[str, Any]) -> None:
        if (epoch, step) == (1, tiny_run.STEPS):
            shutil.copy(self.folder.last_checkpoint, self.folder.path / "kept.npz")


class Metrics:
    """A run logger that keeps metrics and the names of pictures and files."""

    run_id = "metrics"

    def __init__(self) -> None:
        self.metrics: dict[str, dict[int, float]] = {}
        self.pictures: list[str] = []
        self.files: list[str] = []

    def log_metrics(self, metrics: Mapping[str, float], step: int) -> None:
        for name, value in metrics.items():
            self.metrics.setdefault(name, {})[step] = value

    def log_image(self, image: np.ndarray, path: str) -> None:
        self.pictures.append(path)

    def log_file(self, file: Path, folder: str) -> None:
        self.files.append(f"{folder}/{file.name}")


def callbacks() -> dict[str, keras.callbacks.Callback]:
    return {
        "record": LearningRecord(1, gradients_every_epochs=2, val_pictures=12, train_pictures=4),
        "pictures": ExplanationPictures(every_epochs=2, pictures=2),
    }


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Localizer, Metrics]:
    folder, logger = tmp_path_factory.mktemp("recorded"), Metrics()
    localizer, _, _ = tiny_run.train(
        folder,
        callbacks={**callbacks(), "keep": Keep()},
        logger=logger,
        checkpoint_every_steps=LAST_STEP,
    )
    return folder, localizer, logger


def test_training_ends_with_the_same_bits(
    recorded: tuple[Path, Localizer, Metrics], finished: Finished
) -> None:
    """With averages, dropout and batch normalisation; `finished` was trained without."""
    for group, arrays in tiny_run.snapshot(recorded[1]).items():
        for array, wanted in zip(arrays, finished.variables[group], strict=True):
            np.testing.assert_array_equal(array, wanted)


def test_moments_come_close_at_first_and_epoch_by_epoch_later(
    recorded: tuple[Path, Localizer, Metrics],
) -> None:
    folder, _, logger = recorded
    learning = read_learning(folder)
    assert [one.epoch for one in learning.epochs] == [0, 1, 2, 3]
    assert [one.step for one in learning.frames] == [0, 1, 2, 4, 8, 16, 24]
    assert set(logger.metrics["learn/excess_box"]) == {0, 1, 2, 3}
    assert [one.epoch for one in learning.with_gradients] == [0, 2, 3]
    assert set(logger.metrics["learn/update_ratio"]) == {2, 3}
    assert set(logger.metrics["learn/gradient_box"]) == {0, 2, 3}
    assert set(logger.metrics["learn/seconds_share"]) == {1, 2, 3}
    assert {"learning/film.gif", "learning/film.webp", "learning/epoch_0003.npz"} <= {*logger.files}
    last = learning.epochs[-1]
    assert logger.metrics["learn/loss_class"][3] == last.val_losses[1]
    assert logger.metrics["learn/median_iou"][3] == np.median(last.ious)
    # 12 pictures, of which some have no object.
    assert 0 < len(last.ious) < 12


@pytest.mark.slow
def test_a_resumed_record_is_the_same_byte_for_byte(
    recorded: tuple[Path, Localizer, Metrics], tmp_path: Path
) -> None:
    folder, _, _ = recorded
    state = read_state(folder / "kept.npz")
    assert (state["epoch"], state["step"]) == (1, LAST_STEP)
    shutil.copytree(folder / FOLDER, tmp_path / FOLDER)
    later = ["epoch_0002.npz", "epoch_0003.npz", "frame_00000016.npz", "frame_00000024.npz"]
    for name in [*later, "film.gif", "film.webp"]:
        (tmp_path / FOLDER / name).write_bytes(b"of a training that was killed")
    tiny_run.train(tmp_path, callbacks=callbacks(), resume_from=folder / "kept.npz")
    names = sorted(file.name for file in (folder / FOLDER).iterdir())
    assert names == sorted(file.name for file in (tmp_path / FOLDER).iterdir())
    for name in names:
        assert (tmp_path / FOLDER / name).read_bytes() == (folder / FOLDER / name).read_bytes()


@pytest.fixture(scope="module")
def plain() -> Localizer:
    """Without dropout and batch normalisation: as it is asked is as it is trained."""
    keras.utils.set_random_seed(5)
    images = keras.Input((tiny_run.SIZE, tiny_run.SIZE, 3))
    x = keras.layers.Conv2D(2, 1, strides=8, activation="tanh")(images / 255)
    classes = tiny_run.make_dataset().class_names
    head = Regression(len(classes), reading="pool")
    localizer = Localizer(keras.Model(images, {"8": x}), head, classes, tiny_run.SIZE)
    loss = LocalizationLoss(WEIGHTS, box="bce", label_smoothing=0.1)
    localizer.compile(keras.optimizers.SGD(0.25), loss=loss)
    return localizer


def measurer(localizer: Localizer, batch_size: int = 12) -> LearningMeasurer:
    return LearningMeasurer(localizer, tiny_run.make_dataset(), 12, 6, 3, batch_size=batch_size)


def test_gradients_tell_what_small_steps_do(plain: Localizer) -> None:
    asked = measurer(plain)
    before, products = asked.train_gradients()
    numbers = np.array([WEIGHTS[part] for part in asked.parts])
    slopes = []  # of each weight of the layer that all parts share
    step = 1e-2
    kernel, bias = plain.backbone.trainable_variables
    for variable in (kernel, bias):
        start = np.copy(ops.convert_to_numpy(variable))
        for place in np.ndindex(start.shape):
            sides = []
            for sign in (-1, 1):
                moved = start.copy()
                moved[place] += sign * step
                variable.assign(moved)
                sides.append(asked.train_losses())
            slopes.append(numbers * (sides[1] - sides[0]) / (2 * step))
        variable.assign(start)
    found = np.array(slopes)  # (weights, P)
    assert asked.layers[0] == "conv2d" or asked.layers[0].startswith("conv2d")
    np.testing.assert_allclose(products[0], found.T @ found, rtol=0.02, atol=2e-5)
    assert before.losses == pytest.approx(asked.train_losses())


def test_weighted_parts_sum_up_to_the_gradient_of_the_loss(plain: Localizer) -> None:
    asked = measurer(plain)
    _, products = asked.train_gradients()
    batch = asked.train_batch
    with tf.GradientTape() as tape:
        total = plain.loss_function(plain.head, batch.targets, plain(batch.images))["loss"]
    gradients = tape.gradient(total, [variable.value for variable in plain.trainable_variables])
    squares = [float(tf.reduce_sum(one**2)) for one in gradients]
    # Kernel and bias of a layer belong together.
    wanted = np.array(squares).reshape(-1, 2).sum(axis=1)
    np.testing.assert_allclose(products.sum(axis=(1, 2)), wanted, rtol=1e-4)


def test_the_update_ratio_of_a_plain_step_by_hand(plain: Localizer) -> None:
    asked = measurer(plain)
    batch = asked.train_batch
    kernels = [v for v in plain.trainable_variables if len(v.shape) > 1]
    before = asked.weights_now()
    with tf.GradientTape() as tape:
        total = plain.loss_function(plain.head, batch.targets, plain(batch.images))["loss"]
    slopes = tape.gradient(total, [variable.value for variable in kernels])
    wanted = [
        0.25 * np.linalg.norm(slope) / np.linalg.norm(ops.convert_to_numpy(kernel))
        for slope, kernel in zip(slopes, kernels, strict=True)
    ]
    assert (asked.update_ratios(before) == 0).all()
    plain.train_on_batch(batch.images, batch.targets)
    np.testing.assert_allclose(asked.update_ratios(before), wanted, rtol=1e-4)


def test_losses_and_floors_are_those_of_the_pictures(plain: Localizer) -> None:
    asked = measurer(plain)
    losses, ious, frame = asked.validation(step=7)
    batch = asked.val_batch
    outputs = plain(batch.images)
    wanted = plain.loss_function(plain.head, batch.targets, outputs)
    names = [f"loss_{part}" for part in asked.parts]
    assert losses.losses == pytest.approx([float(wanted[name]) for name in names], rel=1e-5)
    truth = np.concatenate([t.boxes / tiny_run.SIZE for t in batch.truths]).astype(np.float64)
    inside = np.clip(truth, 1e-7, 1 - 1e-7)
    entropy = -truth * np.log(inside) - (1 - truth) * np.log(1 - inside)
    smooth = -(0.9 + 0.1 / 3) * np.log(0.9 + 0.1 / 3) - 2 * 0.1 / 3 * np.log(0.1 / 3)
    assert losses.floors == pytest.approx([entropy.mean(), smooth, 0], abs=1e-6)
    assert len(ious) == sum(len(truth.labels) for truth in batch.truths)
    glance = asked.glance(step=7)
    np.testing.assert_allclose(glance.boxes, frame.boxes, atol=1e-4)
    np.testing.assert_allclose(glance.ious, frame.ious, atol=1e-6)


def test_by_batches_the_losses_are_those_that_training_would_tell(plain: Localizer) -> None:
    asked = measurer(plain, batch_size=5)
    losses, ious, _ = asked.validation(step=7)
    batch = asked.val_batch
    told = dict.fromkeys(asked.parts, 0.0)
    for part in (slice(0, 5), slice(5, 10), slice(10, 12)):
        targets = {name: values[part] for name, values in batch.targets.items()}
        found = plain.loss_function(plain.head, targets, plain(batch.images[part]))
        for name in told:
            told[name] += len(targets["labels"]) / 12 * float(found[f"loss_{name}"])
    assert losses.losses == pytest.approx(list(told.values()), rel=1e-5)
    np.testing.assert_allclose(ious, measurer(plain).validation(step=7)[1], atol=1e-5)


def test_a_new_training_forgets_an_old_record(plain: Localizer, tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "epoch_0099.npz").write_bytes(b"old")
    record = LearningRecord(val_pictures=2, train_pictures=2, film_pictures=2)
    record.set_model(plain)
    record.attach(FitContext(tiny_run.make_dataset(), NullLogger(), tmp_path, 8, 3, 8, 0))
    plain.optimizer.iterations.assign(0)
    record.on_epoch_begin(0)
    names = sorted(file.name for file in (tmp_path / FOLDER).iterdir())
    assert names == ["epoch_0000.npz", "frame_00000000.npz", "setting.npz"]


def test_with_one_step_an_epoch_updates_are_those_of_that_step(tmp_path: Path) -> None:
    record = LearningRecord(1, 1, val_pictures=4, train_pictures=2)
    tiny_run.train(tmp_path, callbacks={"record": record}, limit_steps=1)
    first, *others = read_learning(tmp_path).epochs
    assert np.isnan(first.update_ratios).all()
    assert [one.epoch for one in others] == [1, 2, 3]
    assert all((one.update_ratios > 0).all() for one in others)


class Stop(TrainingCallback):
    """Ends the training after its second epoch."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.model.stop_training = epoch == 1


def test_a_training_that_stops_early_is_looked_at_in_the_end(tmp_path: Path) -> None:
    record = LearningRecord(50, 50, val_pictures=4, train_pictures=2)
    tiny_run.train(tmp_path, callbacks={"stop": Stop(), "record": record}, limit_steps=1)
    assert [one.epoch for one in read_learning(tmp_path).epochs] == [0, 2]


def test_looks_are_as_far_apart_as_training_is_short() -> None:
    assert epochs_between(20, 6000) == 1
    assert epochs_between(100, 6000) == 2
    assert epochs_between(100, 100) == 120
    assert epochs_between(100, 0) > 1000


@pytest.mark.slow
def test_the_option_trains_and_leaves_record_film_and_sheets(command: Command) -> None:
    words = ["+experiment=white_box", "debug=smoke", "tracking=off", "callbacks=explain"]
    small = [
        "dataset.image_size=64",
        "dataset.max_size=64",
        "dataset.val_size=16",
        "dataset.test_size=8",
    ]
    answer = command(train.main, *words, *small)
    assert answer.status == 0, answer.err
    [folder] = Path("outputs").glob("*-white_box")
    learning = read_learning(folder)
    assert [one.epoch for one in learning.epochs] == [0, 1]
    assert (folder / FOLDER / "film.webp").stat().st_size > 1000
    assert [file.name for file in (folder / "explanations").iterdir()] == ["epoch_001.png"]
    assert list((folder / "pictures").glob("epoch_*.png"))  # the default's are there, too
