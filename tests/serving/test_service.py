"""The service without HTTP: what it answers, and what it refuses."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from objloc.engines import open_engine
from objloc.evaluation.predictor import Predictor
from objloc.serving.batching import Batching
from objloc.serving.limits import Limits
from objloc.serving.model_file import ModelFile
from objloc.serving.request_error import RequestError
from objloc.serving.service import Service
from tests.serving.pictures import encoded, picture

Result = TypeVar("Result")

RED = picture(red=(6, 6, 30, 24))


def served(
    file: Path, ask: Callable[[Service], Awaitable[Result]], limits: Limits | None = None
) -> Result:
    """What `ask` gets of a service."""

    async def run() -> Result:
        service = Service(ModelFile(file, "colours"), limits, Batching(workers=2))
        await service.start()
        try:
            return await ask(service)
        finally:
            await service.stop()

    return asyncio.run(run())


def refusal(
    file: Path, *pictures: bytes | np.ndarray, limits: Limits | None = None
) -> RequestError:
    with pytest.raises(RequestError) as caught:
        served(file, lambda service: service.predict(pictures), limits)
    return caught.value


def test_pictures_of_one_request_are_answered_in_their_order(model_file: Path):
    pictures = [
        encoded(picture(red=(6, 6, 30, 24), blue=(48, 30, 90, 60))),
        encoded(picture()),
        picture(64, 64, green=(3, 4, 5, 6)),
    ]
    answer = served(model_file, lambda service: service.predict(pictures))
    assert (answer.model, len(answer.version)) == ("colours", 12)
    assert [len(one.boxes) for one in answer.pictures] == [2, 0, 1]
    both, _, green = answer.pictures
    assert (both.width, both.height) == (96, 64)
    assert [answer.class_names[label] for label in both.labels] == ["red", "blue"]
    np.testing.assert_allclose(both.boxes, [[6, 6, 30, 24], [48, 30, 90, 60]], atol=1.1)
    np.testing.assert_array_equal(green.boxes, [[3, 4, 5, 6]])
    assert answer.timings.total >= answer.timings.model > 0
    assert answer.timings.decode > 0


def test_answers_are_those_of_evaluation(model_file: Path):
    predictor = Predictor(open_engine(model_file))
    pictures = [picture(90 + i, 50 + i, red=(i, 2 * i, 20 + i, 30 + i)) for i in range(10)]
    answer = served(model_file, lambda service: service.predict([*map(encoded, pictures)], 0.0))
    for found, told in zip(predictor.predict_images(pictures), answer.pictures, strict=True):
        np.testing.assert_array_equal(found.boxes, told.boxes)
        np.testing.assert_array_equal(found.scores, told.scores)
        np.testing.assert_array_equal(found.labels, told.labels)


def test_the_threshold_is_the_models_own_unless_the_request_has_one(model_file: Path):
    faint = np.full((64, 64, 3), 100, np.uint8)
    faint[10:20, 10:20] = (190, 100, 100)  # 90 / 255 = .353
    own = served(model_file, lambda service: service.predict([faint]))
    higher = served(model_file, lambda service: service.predict([faint], 0.36))
    assert (own.score_threshold, len(own.pictures[0].boxes)) == (0.25, 1)
    assert (higher.score_threshold, len(higher.pictures[0].boxes)) == (0.36, 0)


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (b"", "not-a-picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not-a-picture"),
        (encoded(RED, "JPEG")[:-200], "not-a-picture"),
        (RED[:, :, :1], "not-a-picture"),
        (RED.astype(np.float32), "not-a-picture"),
        (RED[:0], "not-a-picture"),
    ],
    ids=["empty", "another kind", "cut off", "grey", "floats", "no rows"],
)
def test_what_is_no_picture_is_refused(model_file: Path, bad: bytes | np.ndarray, kind: str):
    error = refusal(model_file, RED, bad)
    assert (error.status, error.kind, error.retry_after) == (422, kind, None)


def test_requests_are_bounded(model_file: Path):
    few = Limits(pictures=2, pixels=RED.size // 3)
    assert refusal(model_file, limits=few).status == 422
    assert refusal(model_file, RED, RED, RED, limits=few).kind == "too-many-pictures"
    larger = picture(97, 64)
    assert refusal(model_file, encoded(larger), limits=few).kind == "picture-too-large"
    assert refusal(model_file, larger, limits=few).kind == "picture-too-large"


def test_nothing_is_answered_before_the_start_and_after_the_end(model_file: Path):
    async def ask() -> list[int]:
        service = Service(ModelFile(model_file))
        states = [service.ready]
        with pytest.raises(RequestError) as early:
            await service.predict([RED])
        await service.start()
        states.append(service.ready)
        await service.stop()
        with pytest.raises(RequestError) as late:
            await service.predict([RED])
        assert states == [False, True]
        return [early.value.status, late.value.status]

    assert asyncio.run(ask()) == [503, 503]


def test_an_answer_that_takes_too_long_is_given_up(
    model_file: Path, monkeypatch: pytest.MonkeyPatch
):
    async def play() -> RequestError:
        service = Service(ModelFile(model_file), Limits(seconds=0.05), Batching(workers=1))
        await service.start()
        assert service.model is not None
        engine = service.model.predictor.engine
        monkeypatch.setattr(type(engine), "__call__", lambda *_: time.sleep(0.2))
        try:
            with pytest.raises(RequestError) as caught:
                await service.predict([RED])
        finally:
            await service.stop()
        return caught.value

    error = asyncio.run(play())
    assert (error.status, error.kind, error.retry_after) == (503, "too-late", 1)
