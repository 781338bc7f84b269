"""The input pipeline: batches by number through Grain, from a thread or from worker processes."""

import multiprocessing
import os
import threading
import weakref
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Generic, TypeVar

import cv2
import numpy as np
from absl import logging as absl_logging

from objloc.data.batch_form import BatchForm
from objloc.data.batch_maker import BatchMaker, Targets
from objloc.data.eval_batch import EvalBatch
from objloc.data.sample_source import SampleSource

# Grain warns at its import, here and in each worker, that it found no JAX: nothing here uses it.
absl_logging.get_absl_logger().addFilter(lambda record: "jax profiler" not in record.getMessage())

Batch = TypeVar("Batch")

_AHEAD = 4
"""Batches made ahead by the background thread, or by each worker process."""


class Batches(Generic[Batch]):
    """Iterates over batches that are made ahead of time.

    The making starts with the object, not with the first `next`. It is a context manager; `close`,
    the end of the iteration and garbage collection end its thread or processes.
    """

    def __init__(
        self, make: Callable[[int], Any], first: int, last: int, workers: int, wrap: Callable
    ) -> None:
        if workers < 0:
            raise ValueError(f"workers is {workers}; it must not be negative")
        import grain  # 0.3 s

        # One Grain element is one batch: its number is all that has to be remembered to resume,
        # and each sample is written straight into the batch's array.
        numbers = grain.MapDataset.range(first, max(first, last)).map(make)
        if workers == 0:
            # One thread only: albumentations' transforms hold the state of the current sample.
            dataset = numbers.to_iter_dataset(grain.ReadOptions(1, _AHEAD))
        else:
            in_order = numbers.to_iter_dataset(grain.ReadOptions(0, 0))
            # Through pipes: Grain's shared memory is no faster here, overflows a container's
            # 64 MB of /dev/shm with a few large batches, and complains when Python exits.
            through_pipes = grain.experimental.WithOptionsIterDataset(
                in_order, grain.experimental.DatasetOptions(min_shm_size=2**62)
            )
            dataset = through_pipes.mp_prefetch(
                grain.MultiprocessingOptions(workers, _AHEAD), worker_init_fn=_start_worker
            )
        # Scenes are too small for OpenCV's threads to pay; they would compete with training.
        cv2.setNumThreads(0)
        self._wrap = wrap
        iterator = iter(dataset)
        self._iterators = [iterator]
        # Run at exit, too, while the modules that closing needs are still there.
        self._finish = weakref.finalize(self, _close, self._iterators)
        iterator.start_prefetch()

    def __iter__(self) -> "Batches[Batch]":
        """The iterator itself."""
        return self

    def __next__(self) -> Batch:
        """The next batch."""
        if not self._iterators:
            raise StopIteration
        try:
            return self._wrap(next(self._iterators[0]))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the thread or the worker processes; may be called more than once."""
        self._finish()

    def __enter__(self) -> "Batches[Batch]":
        """The iterator itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes."""
        self.close()


def train_batches(
    source: SampleSource,
    *,
    batch_size: int,
    form: BatchForm,
    seed: int,
    start_step: int,
    num_steps: int,
    workers: int,
) -> Batches[tuple[np.ndarray, Targets]]:
    """The training batches of steps start_step .. start_step + num_steps - 1.

    Sample j of step s is at position p = s · batch_size + j of an endless row of epochs: in epoch
    p // len(source), at place p % len(source) of an order that depends on (seed, epoch). So a run
    that starts at a later step sees what an uninterrupted one sees from there, and the worker
    count changes nothing.

    Args:
        source: the samples of one split.
        batch_size: samples in a batch.
        form: what pictures and targets are brought to.
        seed: of the order within epochs, not negative.
        start_step: global step to start at.
        num_steps: number of batches.
        workers: 0 makes batches in a background thread; more, in as many processes.

    Returns:
        Images uint8 (B, S, S, 3) and targets: `boxes` float32
        (B, M, 4), xyxy divided by the side, and `labels` int32 (B, M), −1 = padding.
    """
    maker = BatchMaker(source, batch_size=batch_size, form=form)
    return Batches(
        partial(maker.train, seed), start_step, start_step + num_steps, workers, wrap=tuple
    )


def eval_batches(
    source: SampleSource, *, batch_size: int, form: BatchForm, workers: int
) -> Batches[EvalBatch]:
    """Epoch 0 of a split in order; the last batch may be short. See `train_batches`."""
    maker = BatchMaker(source, batch_size=batch_size, form=form)
    count = -(-len(source) // batch_size)
    return Batches(maker.evaluation, 0, count, workers, wrap=lambda parts: EvalBatch(*parts))


def _close(iterators: list[Any]) -> None:
    """Closes what is in the list and forgets it: Grain's iterators close once more when freed."""
    while iterators:
        iterators.pop().close()


def _start_worker(index: int, count: int) -> None:
    """Prepares a worker process: no OpenCV threads, and no life after its parent's death."""
    cv2.setNumThreads(0)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def follow() -> None:
        # A parent that was killed cannot stop its workers, and Grain's would wait for it forever.
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True, name="follow-parent").start()
