"""The service itself, without HTTP: pictures in, answers out, newer models while it goes on."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import numpy as np

from objloc.serving.answer import Answer, PictureAnswer, Timings
from objloc.serving.batcher import Batcher
from objloc.serving.batching import Batching
from objloc.serving.limits import Limits
from objloc.serving.live_model import LiveModel
from objloc.serving.metrics import Metrics
from objloc.serving.pending import Pending, Waiting
from objloc.serving.picture_reader import PictureReader
from objloc.serving.request_error import RequestError
from objloc.serving.served_model import ModelFinder, ServedModel


class Service:
    """Answers requests with the model that its finder finds.

    Args:
        finder: says where the model is; asked again every `reload_seconds`.
        limits: what is refused.
        batching: how pictures are put together for the model.
        threads: of a call of the model; None for one per core.
        reload_seconds: None never looks for a newer model.

    Attributes:
        limits: as given.
        metrics: what it counts.
        stopping: it is about to end: no new requests should come.
    """

    def __init__(
        self,
        finder: ModelFinder,
        limits: Limits | None = None,
        batching: Batching | None = None,
        *,
        threads: int | None = None,
        reload_seconds: float | None = 10.0,
    ) -> None:
        self.limits = limits or Limits()
        batching = batching or Batching()
        self.metrics = Metrics()
        self.stopping = False
        self._live = LiveModel(
            finder,
            self.metrics,
            threads=threads,
            warm_batches=tuple(sorted({1, batching.max_batch})),
        )
        self._batcher = Batcher(
            PictureReader(self.limits.pixels), batching, self.limits.waiting, self.metrics
        )
        self.metrics.show_waiting(lambda: self._batcher.waiting)
        self._reload_seconds = reload_seconds
        self._watching: asyncio.Task[None] | None = None
        self._under_way: set[Pending] = set()
        self._accepting = False

    @property
    def model(self) -> ServedModel | None:
        """The model that answers requests that come now."""
        return self._live.current

    @property
    def ready(self) -> bool:
        """Whether requests should be sent here."""
        return self._accepting and not self.stopping and self.model is not None

    def open_model(self) -> ServedModel:
        """Finds and opens the model, if it isn't yet; `start` does it otherwise.

        Raises:
            ObjlocError: there is none, or it cannot be opened.
        """
        return self._live.open()

    async def start(self) -> None:
        """Begins to answer.

        Raises:
            ObjlocError: there is no model, or it cannot be opened.
        """
        await asyncio.to_thread(self.open_model)
        self._batcher.start()
        self._accepting = True
        if self._reload_seconds is not None:
            self._watching = asyncio.create_task(self._watch(self._reload_seconds))

    async def stop(self) -> None:
        """Answers what was accepted, refuses what comes now, and ends."""
        self.stopping = True
        self._accepting = False
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None
        if self._under_way:
            await asyncio.wait([pending.done for pending in self._under_way])
        await asyncio.to_thread(self._batcher.stop)

    async def predict(
        self, pictures: Sequence[bytes | np.ndarray], score_threshold: float | None = None
    ) -> Answer:
        """What the model finds in pictures.

        Args:
            pictures: encoded ones (bytes), or pixels uint8 (H, W, 3), RGB.
            score_threshold: detections count from this score on; None for the model's own.

        Raises:
            RequestError: there is something wrong with the pictures, or the service cannot answer
                now.
        """
        started = time.perf_counter()
        model = self.model
        if not self._accepting or model is None:
            detail = "it ends" if self.stopping else "it has no model yet"
            raise RequestError(
                503, "not-ready", "The service is not ready", f"try again: {detail}", retry_after=1
            )
        self._check(len(pictures))
        pending = self._batcher.put(model, pictures)
        self._under_way.add(pending)
        try:
            async with asyncio.timeout(self.limits.seconds):
                await pending.done
        except TimeoutError as error:
            raise RequestError(
                503,
                "too-late",
                "The answer took too long",
                f"there was none after {self.limits.seconds:g} s",
                retry_after=1,
            ) from error
        finally:
            self._under_way.discard(pending)
            if not pending.done.done() or pending.done.cancelled():
                self._batcher.drop(pending)
        return self._answer(pending, score_threshold, started)

    def _check(self, count: int) -> None:
        if count == 0:
            raise RequestError(
                422, "no-picture", "There is no picture", "send at least one picture"
            )
        most = min(self.limits.pictures, self.limits.waiting)
        if count > most:
            raise RequestError(
                413,
                "too-many-pictures",
                "There are too many pictures",
                f"{count} pictures in one request; at most {most}",
            )

    def _answer(self, pending: Pending, score_threshold: float | None, started: float) -> Answer:
        model = pending.model
        card = model.predictor.engine.card
        threshold = card.score_threshold if score_threshold is None else score_threshold
        pictures = tuple(_picture_answer(one, threshold) for one in pending.pictures)
        names = card.class_names
        self.metrics.pictures.inc(len(pictures))
        self.metrics.count_detections(names[label] for one in pictures for label in one.labels)
        slowest = [1000 * max(times) for times in zip(*map(_times, pending.pictures), strict=True)]
        return Answer(
            model=model.name,
            version=model.version,
            class_names=names,
            score_threshold=threshold,
            pictures=pictures,
            timings=Timings(*slowest, total=1000 * (time.perf_counter() - started)),
        )

    async def _watch(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await asyncio.to_thread(self._live.look)


def _picture_answer(one: Waiting, score_threshold: float) -> PictureAnswer:
    assert one.read is not None
    assert one.found is not None
    height, width = one.read.size
    found = one.found.over(score_threshold)
    return PictureAnswer(width, height, found.boxes, found.labels, found.scores)


def _times(one: Waiting) -> tuple[float, float, float]:
    return one.decode, one.queue, one.model
