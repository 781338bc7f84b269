"""Workers that decode the pictures of all requests and put them together for the model.

A worker decodes as long as pictures wait, until a batch is full, and then asks the model itself: a
lone picture needs one change of threads, and under load batches grow by themselves.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from objloc.cores import usable_cores
from objloc.serving.batching import Batching
from objloc.serving.metrics import Metrics
from objloc.serving.pending import Pending, Waiting
from objloc.serving.picture_reader import PictureReader
from objloc.serving.request_error import RequestError
from objloc.serving.served_model import ServedModel

ENDING_SECONDS = 10.0
"""How long workers may take to end; 50 megapixels in a hundred scans take about five."""

_logger = logging.getLogger(__name__)


class Batcher:
    """Answers requests by the threads that it starts.

    Args:
        reader: decodes pictures.
        batching: how many threads, how large a batch.
        most_waiting: pictures that may wait at a time; beyond that, requests are refused.
        metrics: get counts and seconds.
    """

    def __init__(
        self, reader: PictureReader, batching: Batching, most_waiting: int, metrics: Metrics
    ) -> None:
        self.reader = reader
        self.workers = batching.workers or usable_cores()
        self.max_batch = batching.max_batch
        self.most_waiting = most_waiting
        self.waiting = 0
        self._delay = batching.max_delay_ms / 1000
        self._metrics = metrics
        self._changed = threading.Condition(threading.Lock())  # guards all that follows
        self._encoded: deque[Waiting] = deque()
        self._ready: deque[Waiting] = deque()
        self._in_model = 0
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts the workers."""
        for number in range(self.workers):
            thread = threading.Thread(target=self._work, name=f"worker-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Lets the workers end what waits, and waits for them, though not for ever."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        until = time.monotonic() + ENDING_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        if left := [thread.name for thread in self._threads if thread.is_alive()]:
            _logger.warning(
                "%s did not end in %g s; given up with %d pictures waiting",
                *(", ".join(left), ENDING_SECONDS, self.waiting),
            )
        self._threads.clear()

    def put(self, model: ServedModel, pictures: Sequence[bytes | np.ndarray]) -> Pending:
        """Takes a request's pictures on, all or none; `done` of the result tells when.

        Raises:
            RequestError: too many wait already (429).
        """
        pending = Pending.of(model, pictures)
        with self._changed:
            if self.waiting + len(pictures) > self.most_waiting:
                raise RequestError(
                    429,
                    "overloaded",
                    "The service is overloaded",
                    f"{self.waiting} pictures wait already, of {self.most_waiting} that may",
                    retry_after=1,
                )
            self.waiting += len(pictures)
            self._encoded.extend(pending.pictures)
            self._changed.notify(len(pictures))
        return pending

    def drop(self, pending: Pending) -> None:
        """Forgets a request's pictures that still wait: nobody wants the answer any more."""
        with self._changed:
            self._drop(pending)

    def _work(self) -> None:
        while True:
            with self._changed:
                step = self._next()
            if step is None:
                return
            step()

    def _next(self) -> Callable[[], None] | None:
        """What a free worker does next; waits until there is something. None: it ends."""
        while True:
            if self._encoded and len(self._ready) < self.max_batch:
                one = self._encoded.popleft()
                return lambda: self._decode(one)
            if self._ready:
                patience = self._ready[0].ready_at + self._delay - time.perf_counter()
                if self._delay and patience > 0 and len(self._ready) < self.max_batch:
                    self._changed.wait(patience)
                    continue
                batch = self._batch()
                return lambda: self._ask(batch)
            if self._stopping:
                return None
            self._changed.wait()

    def _batch(self) -> list[Waiting]:
        """Takes this worker's share of the pictures that are ready, all for one model."""
        free = self.workers - self._in_model
        share = min(self.max_batch, -(-len(self._ready) // free))
        model = self._ready[0].request.model
        batch: list[Waiting] = []
        while self._ready and len(batch) < share and self._ready[0].request.model is model:
            batch.append(self._ready.popleft())
        self.waiting -= len(batch)
        self._in_model += 1
        if self._ready or self._encoded:
            self._changed.notify()
        return batch

    def _decode(self, one: Waiting) -> None:
        started = time.perf_counter()
        picture, one.picture = one.picture, None
        try:
            assert picture is not None
            read = self.reader.read(picture, one.request.model.predictor.engine.card)
        except RequestError as error:
            with self._changed:
                self.waiting -= 1
                self._drop(one.request)
            _tell([one.request], error)
            return
        one.ready_at = time.perf_counter()
        one.decode = one.ready_at - started
        one.queue = started - one.request.accepted
        self._metrics.decode_seconds.observe(one.decode)
        with self._changed:
            if one.request.dropped:
                self.waiting -= 1
            else:
                one.read = read
                self._ready.append(one)

    def _ask(self, batch: list[Waiting]) -> None:
        reads = [one.read for one in batch if one.read is not None]
        started = time.perf_counter()
        try:
            answers = batch[0].request.model.predictor.predict_batch(
                np.stack([read.pixels for read in reads]),
                [read.transform for read in reads],
                [read.size for read in reads],
            )
        except Exception:
            _logger.exception("the model failed on a batch of %d", len(batch))
            self._metrics.failures.labels("model").inc()
            with self._changed:
                self._in_model -= 1
                for one in batch:
                    self._drop(one.request)
            _tell([one.request for one in batch], _model_failed())
            return
        seconds = time.perf_counter() - started
        self._metrics.batches.observe(len(batch))
        self._metrics.model_seconds.observe(seconds)
        complete = []
        with self._changed:
            self._in_model -= 1
            for one, found in zip(batch, answers, strict=True):
                one.found, one.model = found, seconds
                one.queue += started - one.ready_at
                one.request.left -= 1
                if not one.request.left:
                    complete.append(one.request)
        _tell(complete)
        for one in batch:
            self._metrics.queue_seconds.observe(one.queue)

    def _drop(self, pending: Pending) -> None:
        if pending.dropped:
            return
        pending.dropped = True
        for queue in (self._encoded, self._ready):
            kept = [one for one in queue if one.request is not pending]
            self.waiting -= len(queue) - len(kept)
            queue.clear()
            queue.extend(kept)


def _tell(requests: list[Pending], error: Exception | None = None) -> None:
    """Wakes those who wait for these requests, at one go."""

    def finish() -> None:
        for request in requests:
            request.finish(error)

    if requests:
        try:
            requests[0].loop.call_soon_threadsafe(finish)
        except RuntimeError:  # the loop has ended, and with it those who waited
            _logger.debug("nobody waits for %d requests any more", len(requests))


def _model_failed() -> RequestError:
    return RequestError(
        503,
        "model-failed",
        "The model could not answer",
        "the model failed on this picture, or on one that was looked at with it",
        retry_after=1,
    )
