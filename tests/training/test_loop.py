import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from objloc.data import BatchForm, Sample, Scenes, eval_batches
from objloc.errors import DataError, TrainingError
from objloc.training import fit, prepare, steps_per_epoch
from objloc.training.feed import ValidationFeed
from tests.training import tiny_run
from tests.training.conftest import Finished


def _fit(run_dir: Path, dataset: Any = None, learning_rate: float = 3e-3, **changes: Any) -> Any:
    dataset = dataset or tiny_run.make_dataset()
    prepare(seed=1)
    localizer = tiny_run.make_localizer(("a", "b", "c"), learning_rate)
    arguments = {"batch_size": tiny_run.BATCH, "epochs": 1, "run_dir": run_dir, **changes}
    return localizer, fit(localizer, dataset, **arguments)


def test_the_average_is_evaluated_and_kept(finished: Finished) -> None:
    localizer = finished.localizer
    averaged = localizer.optimizer.averaged
    # The weights, and the mean and variance of the normalisation.
    assert len(averaged.sources) == len(localizer.trainable_variables) + 2
    for weight, average in zip(averaged.sources, averaged.averages, strict=True):
        np.testing.assert_array_equal(weight.numpy(), average.numpy())
    val = tiny_run.make_dataset().split("val")
    batches = eval_batches(val, batch_size=8, form=BatchForm(32, 1), workers=0)
    feed = ValidationFeed(lambda: ((b.images, b.targets) for b in batches), 3, 10**9)
    again = localizer.evaluate(feed, return_dict=True, verbose=0)
    wanted = finished.result.history[-1]
    assert again["mean_iou"] == wanted["val_mean_iou"] > 0
    assert again["loss"] == wanted["val_loss"]


def test_averages_of_keras_are_refused_instead_of_left_aside(tmp_path: Path) -> None:
    prepare(seed=1)
    localizer = tiny_run.make_localizer(("a", "b", "c"))
    localizer.optimizer = keras.optimizers.SGD(0.1, use_ema=True)
    with pytest.raises(TrainingError, match="use_ema"):
        fit(localizer, tiny_run.make_dataset(), batch_size=8, epochs=1, run_dir=tmp_path)


def test_metrics_are_logged_under_their_names_with_the_epoch_as_step(finished: Finished) -> None:
    assert list(finished.logged) == [1, 2, 3]
    for step, metrics in finished.logged.items():
        history = finished.result.history[step - 1]
        assert metrics["val/mean_iou"] == history["val_mean_iou"]
        assert metrics["train/loss_box"] == history["loss_box"]
        assert metrics["train/images_per_second"] > 0
    # 24 steps, 2 of them warm-up: the schedule is at its end after the last.
    assert finished.logged[3]["train/learning_rate"] == pytest.approx(0.0, abs=1e-9)
    assert finished.logged[1]["train/learning_rate"] > 1e-3


def test_a_loss_that_is_no_number_ends_training_with_advice(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"epoch 1, .*step.* loss.*optimizer\.learning_rate"):
        _fit(tmp_path, learning_rate=1e38)


def test_an_error_in_the_data_is_raised_as_it_is(tmp_path: Path) -> None:
    class Broken:
        class_names = ("a", "b", "c")

        def __init__(self, source: Any) -> None:
            self.source = source

        def __len__(self) -> int:
            return len(self.source)

        def sample(self, epoch: int, index: int) -> Sample:
            if index == 30:
                raise DataError("a.jpg: cannot be read")
            return self.source.sample(epoch, index)

    class Dataset(Scenes):
        def split(self, name: Any) -> Any:
            source = super().split(name)
            return Broken(source) if name == "train" else source

    dataset = Dataset(
        sprites="creatures", image_size=32, min_size=8, max_size=24, train_size=64, val_size=8
    )
    with pytest.raises(DataError, match=r"a\.jpg: cannot be read"):
        _fit(tmp_path, dataset)


def test_one_batch_is_trained_on_again_and_again(tmp_path: Path) -> None:
    localizer, result = _fit(tmp_path, epochs=3, limit_steps=6, overfit_batch=True)
    losses = [epoch["loss"] for epoch in result.history]
    assert losses[2] < losses[1] < losses[0]
    assert int(localizer.optimizer.iterations) == 18


def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("in the way")
    with pytest.raises(TrainingError, match=f"{tmp_path}.*in the way"):
        _fit(tmp_path)


def test_steps_are_whole_batches() -> None:
    assert steps_per_epoch(130, 64) == 2
    assert steps_per_epoch(130, 64, limit_steps=1) == 1
    with pytest.raises(TrainingError, match=r"batch_size=64 is larger .* 63 images"):
        steps_per_epoch(63, 64)


def test_speed_is_measured(finished: Finished) -> None:
    assert finished.result.epochs == 3
    assert not finished.result.stopped_early
    assert math.isfinite(finished.result.images_per_second)
