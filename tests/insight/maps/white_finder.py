"""A model that can be worked out by hand: it finds what is white."""

from collections.abc import Callable

import numpy as np

from objloc.data.scenes import Scenes
from objloc.decoding import Decoding
from objloc.evaluation import Predictor
from objloc.insight.example import Example
from objloc.insight.subject import Subject
from objloc.model_card import ModelCard
from objloc.models import Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads.regression import Regression

SIDE = 16
BOX = np.array([4, 6, 8, 10], np.float32)
"""Of the white square in `scene`."""

Answer = Callable[[np.ndarray], tuple[np.ndarray, float]]


class WhiteFinder:
    """Finds the box around all white pixels; the score is their number over 16.

    As an exported model does, it gives detections and nothing else.
    """

    def __init__(self, answer: Answer | None = None) -> None:
        self.card = ModelCard(("white", "other"), SIDE, "letterbox", 0.5, Decoding(1))
        self._answer = answer or around_white
        self.asked = 0

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        self.asked += len(images)
        answers = [self._answer(image) for image in images]
        return {
            "boxes": np.array([[box] for box, _ in answers], np.float32) / SIDE,
            "labels": np.zeros((len(images), 1), np.int32),
            "scores": np.array([[score] for _, score in answers], np.float32),
        }


def around_white(image: np.ndarray) -> tuple[np.ndarray, float]:
    rows, columns = np.nonzero(image[..., 0] > 127)
    if not len(rows):
        return np.zeros(4), 0.0
    box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return box, min(len(rows) / 16, 1.0)


def blind(image: np.ndarray) -> tuple[np.ndarray, float]:
    """The same answer to any picture."""
    return BOX, 0.75


def scene() -> Subject:
    """A white square of 4 px on black, found exactly."""
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[6:10, 4:8] = 255
    return Subject(image, -1, BOX, 0, 1.0)


def example() -> Example:
    return Example("square", scene(), True, BOX[None])


def predictor(answer: Answer | None = None) -> Predictor:
    return Predictor(WhiteFinder(answer), batch_size=8)


def linear_localizer(classes: int = 2, kernel_scale: float = 1.0) -> Localizer:
    """One convolution, and a head that is linear in its feature map; for pictures of 16 px."""
    import keras

    keras.utils.set_random_seed(3)
    backbone = convolutional(SIDE, [6], [0])
    names = [f"class {label}" for label in range(classes)]
    localizer = Localizer(backbone, Regression(classes), names, SIDE)
    head = localizer.head
    for layer in (head.classes, head.corners, head.presence):
        layer.kernel.assign(layer.kernel * kernel_scale)
    return localizer


def white_scenes(scenes: Scenes, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pictures of the test split and the box in each."""
    source = scenes.split("test")
    samples = [source.sample(0, index) for index in range(count)]
    return [(sample.image, sample.boxes[0]) for sample in samples]
