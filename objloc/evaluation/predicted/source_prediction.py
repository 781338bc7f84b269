"""Runs a model over a source: read ahead in threads, looked at in batches, given back in order."""

from collections.abc import Callable, Generator
from functools import partial

import numpy as np

from objloc.data.sources import PictureSource, SourcePicture, ahead
from objloc.evaluation.predicted.predicted_picture import (
    PredictedPicture,
    ReadyPicture,
    make_ready,
)
from objloc.evaluation.predictor import Predictor

_Read = Callable[[], SourcePicture | None]
_Ready = ReadyPicture | SourcePicture


def predict_source(
    predictor: Predictor,
    source: PictureSource,
    *,
    score_threshold: float,
    shown_side: int | None = None,
) -> Generator[PredictedPicture | SourcePicture, None, None]:
    """Each picture with its detections, in the source's order; unreadable ones as they are.

    Memory holds two batches of pictures, resized for the model, whatever the source's length.
    A last batch that is shorter than the first is filled up, as when a dataset is evaluated, so
    that the answers are the same bits.

    Args:
        predictor: the model; its `batch_size` pictures are looked at at once.
        source: where pictures come from.
        score_threshold: detections below it are left out.
        shown_side: as `make_ready` takes it.
    """
    card = predictor.engine.card
    ready = partial(make_ready, side=card.image_size, mode=card.resize_mode, shown_side=shown_side)
    calls = (_and_then(read, ready) for read in source.reads())
    depth = max(predictor.batch_size, 2 * source.threads)
    pictures: Generator[_Ready, None, None] = ahead(calls, source.threads, depth)
    waiting: list[tuple[int, _Ready]] = []
    count = 0
    try:
        for number, picture in enumerate(pictures):
            waiting.append((number, picture))
            count += isinstance(picture, ReadyPicture)
            if count == predictor.batch_size:
                yield from _answered(predictor, waiting, score_threshold)
                count, waiting = 0, []
        yield from _answered(predictor, waiting, score_threshold)
    finally:
        pictures.close()


def _and_then(read: _Read, ready: Callable[[SourcePicture], _Ready]) -> Callable[[], _Ready | None]:
    """A call that reads a picture and makes it ready."""

    def call() -> _Ready | None:
        picture = read()
        return None if picture is None else ready(picture)

    return call


def _answered(
    predictor: Predictor,
    pictures: list[tuple[int, _Ready]],
    score_threshold: float,
) -> Generator[PredictedPicture | SourcePicture, None, None]:
    """One batch looked at."""
    ready = [picture for _, picture in pictures if isinstance(picture, ReadyPicture)]
    answers = iter(
        predictor.predict_batch(
            np.stack([picture.pixels for picture in ready]),
            [picture.transform for picture in ready],
            [picture.size for picture in ready],
            fill_to=predictor.batch_size,  # see `predict_batches`
        )
        if ready
        else ()
    )
    for number, picture in pictures:
        if isinstance(picture, ReadyPicture):
            yield PredictedPicture(picture, number, next(answers).over(score_threshold))
        else:
            yield picture
