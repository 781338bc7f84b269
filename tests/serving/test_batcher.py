"""Pictures of many requests are put together for the model, and none is forgotten."""

import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from objloc.engines.exported_model import read_exported
from objloc.evaluation.predictor import Predictor
from objloc.serving import batcher
from objloc.serving.batcher import Batcher
from objloc.serving.batching import Batching
from objloc.serving.metrics import Metrics
from objloc.serving.pending import Pending
from objloc.serving.picture_reader import PictureReader
from objloc.serving.request_error import RequestError
from objloc.serving.served_model import ServedModel
from tests.serving.colour_model import SIZE


def shade(value: int) -> np.ndarray:
    return np.full((SIZE, SIZE, 3), value, np.uint8)


PICTURE, BAD = shade(7), shade(13)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.005)
    pytest.fail("it never came to that")


class HeldEngine:
    """Notes what it is asked, and answers when it is let; fails on `BAD` pictures."""

    def __init__(self, model_file: Path) -> None:
        self.card = read_exported(model_file).card
        self.batches: list[int] = []
        self.let = threading.Event()
        self.together: threading.Barrier | None = None

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        self.batches.append(len(images))
        assert self.let.wait(10)
        if self.together is not None:
            self.together.wait(10)
        if (images == BAD).all(axis=(1, 2, 3)).any():
            raise RuntimeError("a bad picture")
        # One detection; its score tells the picture that it is for.
        return {
            "boxes": np.tile(np.array([0, 0, 1, 1], np.float32), (len(images), 1, 1)),
            "labels": np.zeros((len(images), 1), np.int32),
            "scores": images[:, 0, 0, :1].astype(np.float32) / 255,
        }


class Tried:
    """A batcher with an engine that is held."""

    def __init__(self, model_file: Path, batching: Batching, most_waiting: int) -> None:
        self.engine = HeldEngine(model_file)
        self.model = ServedModel(Predictor(self.engine), "held", "1")
        self.metrics = Metrics()
        self.batcher = Batcher(PictureReader(10**6), batching, most_waiting, self.metrics)

    def put(self, *pictures: np.ndarray) -> Pending:
        return self.batcher.put(self.model, pictures)

    async def held(self, picture: np.ndarray = PICTURE) -> Pending:
        """Puts the first picture, which the engine is asked for and held at."""
        pending = self.put(picture)
        await until(lambda: len(self.engine.batches) == 1)
        return pending


@pytest.fixture
def tried(model_file: Path) -> Callable[..., Tried]:
    def make(batching: Batching | None = None, most_waiting: int = 100) -> Tried:
        return Tried(model_file, batching or Batching(workers=1, max_batch=4), most_waiting)

    return make


@contextmanager
def working(tried: Tried) -> Iterator[None]:
    tried.batcher.start()
    try:
        yield
    finally:
        tried.engine.let.set()
        tried.batcher.stop()


def run(tried: Tried, play: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        with working(tried):
            await play()

    asyncio.run(within())


def test_what_waits_is_taken_together_and_everyone_gets_their_own_answer(tried):
    one = tried()

    async def play() -> None:
        first = await one.held(shade(1))
        others = [one.put(shade(2 + i), shade(50 + i)) for i in range(3)]
        one.engine.let.set()
        await asyncio.gather(first.done, *(other.done for other in others))
        assert one.engine.batches == [1, 4, 2]
        for i, other in enumerate(others):
            shades = [255 * float(each.found.scores[0]) for each in other.pictures]
            np.testing.assert_allclose(shades, [2 + i, 50 + i], rtol=1e-5)

    run(one, play)


def test_a_request_is_shared_out_among_the_workers(tried):
    one = tried(Batching(workers=2, max_batch=8))
    one.engine.together = threading.Barrier(2)  # neither goes on without the other
    one.engine.let.set()

    async def play() -> None:
        await one.put(*[PICTURE] * 4).done
        assert sorted(one.engine.batches) == [2, 2]

    run(one, play)


def test_a_picture_waits_for_others_where_that_is_wanted(tried):
    one = tried(Batching(workers=1, max_batch=2, max_delay_ms=10_000))
    one.engine.let.set()

    async def play() -> None:
        first = one.put(PICTURE)
        await asyncio.sleep(0.1)
        assert one.engine.batches == []
        second = one.put(PICTURE)
        await asyncio.gather(first.done, second.done)
        assert one.engine.batches == [2]

    run(one, play)


def test_beyond_the_limit_requests_are_refused_whole(tried):
    one = tried(most_waiting=3)

    async def play() -> None:
        await one.held()
        kept = one.put(PICTURE, PICTURE)
        with pytest.raises(RequestError) as caught:
            one.put(PICTURE, PICTURE)
        assert (caught.value.status, caught.value.retry_after) == (429, 1)
        last = one.put(PICTURE)
        one.engine.let.set()
        await asyncio.gather(kept.done, last.done)
        assert one.batcher.waiting == 0

    run(one, play)


def test_who_goes_leaves_the_queue(tried):
    one = tried()

    async def play() -> None:
        first = await one.held()
        gone = one.put(PICTURE, PICTURE)
        assert one.batcher.waiting == 2
        one.batcher.drop(gone)
        assert one.batcher.waiting == 0
        one.engine.let.set()
        await first.done
        await one.put(PICTURE).done
        assert one.engine.batches == [1, 1]

    run(one, play)


def test_a_model_that_fails_fails_those_it_was_asked_for(tried):
    one = tried()

    async def play() -> None:
        first = await one.held()
        bad, beside = one.put(BAD), one.put(PICTURE, PICTURE, PICTURE)
        later = one.put(PICTURE)
        one.engine.let.set()
        results = await asyncio.gather(
            *(each.done for each in (first, bad, beside, later)), return_exceptions=True
        )
        assert [getattr(each, "kind", None) for each in results] == [
            None,
            "model-failed",
            "model-failed",
            None,
        ]
        assert one.engine.batches == [1, 4, 1]
        failures = one.metrics.registry.get_sample_value("objloc_failures_total", {"what": "model"})
        assert failures == 1

    run(one, play)


def test_a_bad_picture_takes_its_request_along_and_no_other(tried):
    one = tried()

    async def play() -> None:
        first = await one.held()
        bad = one.batcher.put(one.model, [b"no picture", *[PICTURE] * 3])
        good = one.put(PICTURE)
        one.engine.let.set()
        results = await asyncio.gather(
            *(each.done for each in (first, bad, good)), return_exceptions=True
        )
        assert [getattr(each, "kind", None) for each in results] == [None, "not-a-picture", None]
        await until(lambda: one.batcher.waiting == 0)
        assert one.engine.batches == [1, 1]

    run(one, play)


def test_the_end_comes_when_all_is_answered(tried):
    one = tried()

    async def play() -> None:
        requests = [one.put(PICTURE) for _ in range(9)]
        threading.Timer(0.05, one.engine.let.set).start()
        await asyncio.to_thread(one.batcher.stop)
        await asyncio.gather(*(each.done for each in requests))

    run(one, play)


def test_the_end_comes_though_a_worker_does_not_end(
    tried, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(batcher, "ENDING_SECONDS", 0.2)
    one = tried(Batching(workers=2, max_batch=4))

    async def play() -> None:
        await one.held()
        started = time.perf_counter()
        await asyncio.to_thread(one.batcher.stop)
        assert 0.2 <= time.perf_counter() - started < 5
        [record] = caplog.records
        assert re.match(r"worker-\d did not end in 0.2 s", record.getMessage())

    run(one, play)
