"""Feeds `keras.Model.fit`: the training stream as a generator, validation kept in memory."""

import contextlib
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import keras
import numpy as np

Batch = tuple[np.ndarray, dict[str, np.ndarray]]


class TrainingFeed:
    """A generator of training batches that ends when told to and keeps the error it died of.

    Keras reads it in a thread of its own (tf.data's), which turns an exception of the data into an
    error of TensorFlow's with a page of traceback; `error` holds the one that was raised.

    Args:
        batches: images uint8 (B, S, S, 3) with targets.
        repeat_first: give the first batch again and again (`trainer.overfit_batch`).
    """

    def __init__(self, batches: Iterator[Batch], repeat_first: bool = False) -> None:
        self.error: Exception | None = None
        self._batches = batches
        self._repeat_first = repeat_first
        self._stopped = threading.Event()

    def generate(self) -> Generator[Batch, None, None]:
        """Yield batches until they end or `stop` is called."""
        try:
            for batch in self._batches:
                while not self._stopped.is_set():
                    yield batch
                    if not self._repeat_first:
                        break
                if self._stopped.is_set():
                    return
        except Exception as error:
            self.error = error
            raise

    def stop(self) -> None:
        """Let the stream end and its workers go; safe while another thread is reading."""
        self._stopped.set()
        close = getattr(self._batches, "close", None)
        if close is not None:
            # "generator already executing": the reading thread sees the flag and ends by itself.
            with contextlib.suppress(ValueError):
                close()


class ValidationFeed(keras.utils.PyDataset):
    """The validation batches, read once and then served from memory where they fit.

    A plain generator would not do: `Model.fit` starts validation anew in each epoch by chaining the
    first two batches in front of what the generator has left.

    Args:
        open_batches: starts a new pass over the batches, in order.
        num_batches: batches in a pass.
        cache_bytes: largest total size of images kept in memory; a larger split is read anew in
            each epoch.
    """

    def __init__(
        self, open_batches: Callable[[], Iterator[Batch]], num_batches: int, cache_bytes: int
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._open = open_batches
        self._length = num_batches
        self._cache_bytes = cache_bytes
        self._cache: list[Batch] = []
        self._keeps = True
        self._reader: Iterator[Batch] | None = None
        self._next = 0
        self.error: Exception | None = None

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Any:
        if index < len(self._cache):
            return self._cache[index]
        try:
            return self._read(index)
        except Exception as error:
            self.error = error
            raise

    def _read(self, index: int) -> Batch:
        if self._reader is None or index < self._next:
            self._reader, self._next = self._open(), 0
        while True:
            batch = next(self._reader)
            self._next += 1
            if self._keeps and self._next == len(self._cache) + 1:
                self._keep(batch)
            if self._next > index:
                return batch

    def _keep(self, batch: Batch) -> None:
        size = batch[0].nbytes * self._length
        if size > self._cache_bytes:
            self._keeps = False
            return
        self._cache.append(batch)
        if len(self._cache) == self._length:
            self.close()

    def close(self) -> None:
        """Let the reader and its workers go; what is in memory stays."""
        close = getattr(self._reader, "close", None)
        self._reader = None
        if close is not None:
            with contextlib.suppress(ValueError):
                close()
