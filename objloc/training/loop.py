"""The training loop: Keras' `fit` around a stream that can be picked up at any step."""

import contextlib
import logging
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import keras

from objloc.data import Dataset, eval_batches, train_batches
from objloc.errors import TrainingError
from objloc.training.averaged_weights import AveragedWeights
from objloc.training.callbacks.frozen_backbone import FrozenBackbone
from objloc.training.callbacks.metric_log import MetricLog
from objloc.training.callbacks.stop_on_nan import StopOnNaN
from objloc.training.checkpoint import load_checkpoint, read_state, training_variables
from objloc.training.feed import Batch, TrainingFeed, ValidationFeed
from objloc.training.fit_callbacks import FitCallbacks
from objloc.training.fit_context import FitContext
from objloc.training.fit_result import FitResult
from objloc.training.run_folder import RunFolder, writing
from objloc.training.run_logger import NullLogger, RunLogger
from objloc.training.strategy import Strategy

log = logging.getLogger(__name__)


def fit(
    localizer: keras.Model,
    dataset: Dataset,
    *,
    batch_size: int,
    epochs: int,
    run_dir: Path,
    workers: int = 0,
    seed: int = 0,
    callbacks: Mapping[str, keras.callbacks.Callback] | None = None,
    logger: RunLogger | None = None,
    resume_from: Path | None = None,
    checkpoint_every_epochs: int = 1,
    checkpoint_every_steps: int | None = None,
    limit_steps: int | None = None,
    limit_val_steps: int | None = None,
    overfit_batch: bool = False,
    validation_cache_mb: int = 1024,
    freeze_backbone_epochs: int = 0,
) -> FitResult:
    """Train a compiled localizer; afterwards it has the weights of the last step.

    It is trained on the devices that it was built on (`Strategy`), which share each batch.

    With an optimizer that keeps an EMA, validation and the final weights are the averaged ones.

    A resumed run ends with the same weights, bit for bit, as one that was never interrupted (same
    machine, same thread settings): the checkpoint holds every variable, and step s of the input is
    a pure function of s.

    Args:
        localizer: compiled model; called on images uint8 (B, S, S, 3), targets as in a batch.
        dataset: its splits `train` and `val` are read.
        batch_size: images in a step.
        epochs: passes over `len(train) // batch_size` steps.
        run_dir: the run's folder; checkpoints go to `checkpoints/` in it.
        workers: worker processes that make batches; 0 makes them in a thread.
        seed: order of the samples.
        callbacks: name → Keras callback, called in this order.
        logger: where the metrics of each epoch go; None for nowhere.
        resume_from: checkpoint to go on from.
        checkpoint_every_epochs: epochs between two checkpoints.
        checkpoint_every_steps: steps between two checkpoints inside an epoch, None for none.
        limit_steps: steps in an epoch at most (a quick look).
        limit_val_steps: validation batches at most.
        overfit_batch: train and validate on the first batch alone: a model that cannot learn even
            that has a mistake in it.
        validation_cache_mb: validation images up to this size (MiB) stay in memory.
        freeze_backbone_epochs: epochs at the start in which the backbone's weights stay as they
            are (`FrozenBackbone`).

    Raises:
        TrainingError: if the loss is NaN, nothing can be written, the checkpoint is damaged or
            belongs to another run, the training split is smaller than a batch, or a batch cannot
            be shared by the devices.
        DataError: if a sample cannot be made.
    """
    train = dataset.split("train")
    steps = steps_per_epoch(len(train), batch_size, limit_steps)
    strategy = Strategy.of(localizer)
    strategy.check(batch_size)
    folder = RunFolder(run_dir)
    with writing(run_dir):
        folder.last_checkpoint.parent.mkdir(parents=True, exist_ok=True)
    logger = NullLogger() if logger is None else logger

    def open_stream(start_step: int) -> TrainingFeed:
        stream = train_batches(
            train,
            batch_size=batch_size,
            form=dataset.batch_form,
            seed=seed,
            start_step=0 if overfit_batch else start_step,
            num_steps=1 if overfit_batch else epochs * steps - start_step,
            workers=workers,
        )
        return TrainingFeed(stream, repeat_first=overfit_batch)

    if overfit_batch:
        validation: ValidationFeed | None = _first_batch(open_stream(0))
    else:
        validation = _validation(
            dataset,
            batch_size=batch_size,
            workers=workers,
            limit=limit_val_steps,
            cache_bytes=validation_cache_mb * 2**20,
        )
    with strategy.scope():
        localizer.optimizer.build(localizer.trainable_variables)
        averaged = AveragedWeights(localizer)
    localizer.stop_training = False
    own: dict[str, keras.callbacks.Callback] = {
        "stop_on_nan": StopOnNaN(),
        "metric_log": MetricLog(),
    }
    if freeze_backbone_epochs:
        own["frozen_backbone"] = FrozenBackbone(freeze_backbone_epochs)
    watch = FitCallbacks(
        {**own, **(callbacks or {})},
        model=localizer,
        context=FitContext(dataset, logger, run_dir, batch_size, epochs, steps, workers),
        averaged=averaged,
        checkpoint=folder.last_checkpoint,
        fixed={
            "batch_size": batch_size,
            "epochs": epochs,
            "steps_per_epoch": steps,
            "seed": seed,
            "freeze_backbone_epochs": freeze_backbone_epochs,
            "devices": strategy.devices,
        },
        every_epochs=checkpoint_every_epochs,
        every_steps=checkpoint_every_steps,
    )
    stopped = False
    if resume_from is not None:
        stopped = _restore(resume_from, localizer, watch, lambda: next(open_stream(0).generate()))
    if stopped or watch.epoch >= epochs:
        averaged.put_in()
    else:
        try:
            with strategy.training(localizer):
                _run(localizer, watch, validation, open_stream, epochs=epochs, steps=steps)
        finally:
            watch.close()
    return FitResult(tuple(watch.history), stopped_early=len(watch.history) < epochs)


def steps_per_epoch(train_size: int, batch_size: int, limit_steps: int | None = None) -> int:
    """Return the number of whole batches in an epoch.

    Raises:
        TrainingError: if there is none.
    """
    steps = train_size // batch_size
    if steps == 0:
        raise TrainingError(
            f"trainer.batch_size={batch_size} is larger than the training split, which has "
            f"{train_size} images; make it smaller"
        )
    return steps if limit_steps is None else min(steps, limit_steps)


def _run(
    localizer: keras.Model,
    watch: FitCallbacks,
    validation: ValidationFeed | None,
    open_stream: Callable[[int], TrainingFeed],
    *,
    epochs: int,
    steps: int,
) -> None:
    """Train from where `watch` stands; first the rest of its epoch, if it stands inside one."""
    parts = [(watch.epoch, epochs, steps)]
    if watch.step:
        following = watch.epoch + 1
        parts = [(watch.epoch, following, steps - watch.step), (following, epochs, steps)]
    for first, end, number in parts:
        if first >= end or localizer.stop_training:
            continue
        watch.hold_end = end < epochs
        feed = open_stream(first * steps + steps - number)
        with _errors_of(feed, validation):
            localizer.fit(
                feed.generate(),
                epochs=end,
                initial_epoch=first,
                steps_per_epoch=number,
                validation_data=validation,
                callbacks=watch,
                shuffle=False,
                verbose=0,
            )
    if watch.hold_end:
        # Stopped by a callback after the rest of an epoch.
        watch.hold_end = False
        watch.on_train_end()


def _restore(
    checkpoint: Path,
    localizer: keras.Model,
    watch: FitCallbacks,
    any_batch: Callable[[], Batch],
) -> bool:
    """Set model, optimizer, metrics and callbacks to a checkpoint; return whether it is the end."""
    state = read_state(checkpoint)
    here = watch.get_state()["fixed"]
    for name, there in state["fixed"].items():
        if here.get(name) != there:
            raise TrainingError(
                f"{checkpoint}: the run was started with {name}={there}, here it is "
                f"{here.get(name)}; resume with the configuration that it was started with"
            )
    if state["step"]:
        # Keras makes some metrics' variables when it first sees a batch; their values come next.
        localizer.test_on_batch(*any_batch(), return_dict=True)
    variables = training_variables(localizer)
    if not state["step"]:
        del variables["metrics"]  # an epoch starts with them at zero
    load_checkpoint(checkpoint, variables)
    watch.set_state(state)
    for callback in watch.callbacks:
        if not hasattr(callback, "get_state") and not isinstance(callback, keras.callbacks.History):
            log.warning("callback %s keeps no state: it starts anew", type(callback).__name__)
    return bool(state["stopped"])


def _validation(
    dataset: Dataset, *, batch_size: int, workers: int, limit: int | None, cache_bytes: int
) -> ValidationFeed | None:
    """Return the validation split as Keras reads it, None if it is empty."""
    source = dataset.split("val")
    number = math.ceil(len(source) / batch_size)
    if limit is not None:
        number = min(number, limit)
    if number == 0:
        return None

    def open_batches() -> Iterator[Batch]:
        batches = eval_batches(
            source,
            batch_size=batch_size,
            form=dataset.batch_form,
            workers=workers,
        )
        return ((batch.images, batch.targets) for batch in islice(batches, number))

    return ValidationFeed(open_batches, number, cache_bytes)


def _first_batch(feed: TrainingFeed) -> ValidationFeed:
    """Return a validation feed of nothing but the first batch of `feed`."""
    batch = next(feed.generate())
    feed.stop()
    return ValidationFeed(lambda: iter([batch]), 1, cache_bytes=sys.maxsize)


@contextlib.contextmanager
def _errors_of(feed: TrainingFeed, validation: ValidationFeed | None) -> Iterator[None]:
    """Stop the stream at the end; raise what the data raised, not what TensorFlow made of it."""
    try:
        yield
    except Exception as error:
        cause = feed.error or (validation.error if validation is not None else None)
        if cause is None or cause is error:
            raise
        raise cause from None
    finally:
        feed.stop()
        if validation is not None:
            validation.close()
