"""What the service says of pictures."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PictureAnswer:
    """What was found in one picture, best first.

    Attributes:
        width: of the upright picture, in pixels.
        height: likewise.
        boxes: float32 (D, 4), xyxy, in pixels of the upright picture.
        labels: int32 (D,), indices into the model's class names.
        scores: float32 (D,), 0..1.
    """

    width: int
    height: int
    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True)
class Timings:
    """Where the time of a request went, in milliseconds.

    Attributes:
        decode: reading and resizing pictures.
        queue: waiting for the model.
        model: the model's call that the pictures were part of.
        total: from the pictures' arrival to their answers.
    """

    decode: float
    queue: float
    model: float
    total: float


@dataclass(frozen=True)
class Answer:
    """The answer to one request.

    Attributes:
        model: name of the model that answered, as the service was told it.
        version: of that model: the registry's number, or the beginning of its file's SHA-256.
        class_names: that model's.
        score_threshold: what was found below it is left out.
        pictures: one for each picture, in the request's order.
        timings: where the time went.
    """

    model: str
    version: str
    class_names: tuple[str, ...]
    score_threshold: float
    pictures: tuple[PictureAnswer, ...]
    timings: Timings
