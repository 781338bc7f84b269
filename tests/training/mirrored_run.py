"""Trains one network on one device and on two, and keeps what comes of it: RUN_DIR.

A process of its own, as TensorFlow fixes its devices once: here one processor stands for two.
"""

import functools
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

BATCH, STEPS, EPOCHS = 8, 4, 2
STOP = (1, 2)
SHARES = (slice(5), slice(5, None))
WEIGHTS = {"box": 5.0, "class": 1.0, "objectness": 1.0}


def main() -> None:
    # Its fused convolutions of no pictures have a wrong shape (TensorFlow 2.21, processors alone).
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

    from objloc.evaluation import Predictor
    from objloc.models import KerasEngine
    from objloc.training.save_model import save_model
    from tests.training import tiny_run

    folder = Path(sys.argv[1])
    stopped = folder / "stopped.npz"
    report: dict[str, Any] = {"losses": compare_losses()}
    mirrored = make_localizer("mirrored")
    for name, localizer, arguments in (
        ("single", make_localizer("none"), {}),
        ("mirrored", mirrored, {"keep_as": stopped}),
        # What it resumes in the middle of is an epoch; what comes after is no other for it.
        ("resumed", make_localizer("mirrored"), {"resume_from": stopped, "limit_val_steps": 0}),
    ):
        result = train(localizer, folder / name, **arguments)
        variables = tiny_run.snapshot(localizer)
        np.savez(folder / f"{name}.npz", *variables["model"], *variables["optimizer"])
        report[name] = list(result.history)
    test = tiny_run.make_dataset().split("test")
    found = Predictor(KerasEngine(mirrored)).predict_images(
        [test.sample(0, index).image for index in range(4)]
    )
    np.savez(folder / "found.npz", *[one.boxes for one in found])
    save_model(mirrored, folder / "mirrored.keras")
    report["odd_batch"] = refusal(mirrored, folder / "odd", batch_size=7)
    clipping = make_localizer("mirrored", by_keras=True)
    report["clipped_by_keras"] = refusal(clipping, folder / "clipped")
    (folder / "report.json").write_text(json.dumps(report))


def make_localizer(strategy: str, by_keras: bool = False) -> Any:
    """A network with batch normalisation in backbone and head, clipping and averages."""
    import keras

    from objloc.models import Localizer
    from objloc.models.heads.grid import Grid
    from objloc.training import LocalizationLoss, prepare
    from objloc.training.metrics import AP50, MeanIoU
    from objloc.training.optimizers import sgd
    from objloc.training.strategy import Strategy
    from tests.training import tiny_run

    class_names = tiny_run.make_dataset().class_names
    prepare(seed=1)
    with Strategy(strategy).scope():
        images = keras.Input((tiny_run.SIZE, tiny_run.SIZE, 3))
        x = keras.layers.Rescaling(1 / 255)(images)
        for width, stride in ((8, 4), (16, 2)):
            x = keras.layers.Conv2D(width, 3, stride, padding="same", use_bias=False)(x)
            x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        head = Grid(num_classes=len(class_names), width=16)
        localizer = Localizer(keras.Model(images, {"8": x}), head, class_names, tiny_run.SIZE)
        localizer.compile(
            keras.optimizers.SGD(0.05, global_clipnorm=0.5)
            if by_keras
            else sgd(
                learning_rate=0.05,
                schedule="constant",
                total_steps=EPOCHS * STEPS,
                steps_per_epoch=STEPS,
                weight_decay=0.01,
                clip_norm=0.5,
                ema=0.9,
            ),
            loss=LocalizationLoss(weights=WEIGHTS),
            metrics=[MeanIoU(name="mean_iou", score_threshold=0.0), AP50(name="ap50")],
        )
    return localizer


def train(
    localizer: Any,
    run_dir: Path,
    keep_as: Path | None = None,
    batch_size: int = BATCH,
    **arguments: Any,
) -> Any:
    """A few steps; with `keep_as`, a checkpoint from the middle of an epoch is copied there."""
    from objloc.training import RunFolder, fit
    from objloc.training.callbacks import ExplanationPictures, LearningRecord, TrainingCallback
    from tests.training import tiny_run

    class Keep(TrainingCallback):
        def on_step(self, epoch: int, step: int, logs: Any) -> None:
            if keep_as is not None and (epoch, step) == (STOP[0], STOP[1] + 1):
                shutil.copy(RunFolder(run_dir).last_checkpoint, keep_as)

    # The run that was stopped and the one that goes on agree with one of them looking inside.
    looks: dict[str, Any] = {
        "record": LearningRecord(1, 1, val_pictures=4, train_pictures=2),
        "explained": ExplanationPictures(1, pictures=1),
    }
    return fit(
        localizer,
        # The last batch of validation has one picture: one of two devices gets none.
        tiny_run.make_dataset(train_size=BATCH * STEPS, val_size=BATCH + 1),
        batch_size=batch_size,
        epochs=EPOCHS,
        run_dir=run_dir,
        seed=1,
        callbacks={"keep": Keep(), **({} if keep_as is None else looks)},
        checkpoint_every_steps=STOP[1],
        **arguments,
    )


def refusal(localizer: Any, run_dir: Path, **arguments: Any) -> str:
    """What `fit` says instead of training."""
    from objloc.errors import TrainingError

    try:
        train(localizer, run_dir, **arguments)
    except TrainingError as error:
        return str(error)
    return ""


def compare_losses() -> dict[str, float]:
    """How far the losses of shares, and their gradients, are from those of the whole batch.

    Relative to the largest gradient. The shares are of 5 and 3 pictures. One head assigns image by
    image, another looks for hard negatives in the whole batch, and one loss knows of no devices.
    """
    import tensorflow as tf

    from objloc.models.heads.grid import Grid
    from objloc.models.heads.ssd import SSD
    from objloc.training import LocalizationLoss
    from objloc.training.strategy import Strategy

    random = np.random.default_rng(0)
    low = random.uniform(0, 0.5, (8, 2, 2)).astype("float32")
    high = low + random.uniform(0.1, 0.5, low.shape).astype("float32")
    labels = random.integers(-1, 3, (8, 2)).astype("int32")
    targets = {"boxes": np.concatenate([low, high], axis=-1), "labels": labels}
    features = {"8": random.normal(size=(8, 4, 4, 8)).astype("float32")}

    def gradient(head: Any, loss: Any, features: Any, targets: Any) -> Any:
        features = {stride: tf.convert_to_tensor(x) for stride, x in features.items()}
        with tf.GradientTape() as tape:
            tape.watch(features)
            value = loss(head, targets, head(features))["loss"]
        return value, tape.gradient(value, features)["8"]

    strategy = Strategy("mirrored")
    with strategy.scope():
        mirrored = tf.distribute.get_strategy()

    def spread(values: dict[str, np.ndarray]) -> Any:
        shares = [{name: tf.constant(x[at]) for name, x in values.items()} for at in SHARES]
        return mirrored.experimental_distribute_values_from_function(
            lambda context: shares[context.replica_id_in_sync_group]
        )

    grid, ssd, loss = Grid(3, width=8), SSD(3, strides=(8,), width=8), LocalizationLoss(WEIGHTS)
    found = {}
    for name, head, whole_loss in (
        ("sums", grid, loss),
        ("mined", ssd, loss),
        ("unaware", grid, lambda *arguments: loss(*arguments)),
    ):
        value, slope = gradient(head, whole_loss, features, targets)
        step = functools.partial(gradient, head, strategy.shared_loss(whole_loss))
        run = tf.function(lambda *shares, step=step: mirrored.run(step, shares), autograph=False)
        parts = mirrored.experimental_local_results(run(spread(features), spread(targets)))
        values = [float(len(parts) * part / value) for part, _ in parts]
        slopes = np.concatenate([part.numpy() for _, part in parts])
        apart = np.abs(slopes - slope).max() / np.abs(slope).max()
        found[name] = max(float(apart), *(abs(each - 1) for each in values))
    return found


if __name__ == "__main__":
    main()
