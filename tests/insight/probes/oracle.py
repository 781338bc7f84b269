"""Models whose answers can be worked out by hand: what is white in a picture, seen with a fault."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from objloc.decoding import Decoding
from objloc.evaluation import Predictor
from objloc.model_card import ModelCard
from tests.insight.trained import SIDE

Box = tuple[int, int, int, int]
WHITE = 128


class Oracle:
    """The exact box of all that is white, unless a fault is built in.

    Args:
        stride: sides are rounded down to its multiples.
        sees: whether it sees anything there; it is asked with the exact box.
    """

    def __init__(self, stride: int = 1, sees: Callable[[Box], bool] = lambda box: True) -> None:
        self.stride = stride
        self.sees = sees
        self.asked = 0

    @property
    def card(self) -> ModelCard:
        return ModelCard(("rectangle",), SIDE, "letterbox", 0.5, Decoding(max_detections=1))

    def __call__(self, images: np.ndarray) -> Mapping[str, Any]:
        self.asked += len(images)
        boxes = [white_box(image) for image in images]
        seen = [box for box in boxes if box is not None and self.sees(box)]
        scores = [float(box is not None and self.sees(box)) for box in boxes]
        kept = iter(seen)
        rows = [next(kept) if score else (0, 0, 0, 0) for score in scores]
        return {
            "boxes": np.array(rows)[:, None] // self.stride * self.stride / images.shape[1],
            "labels": np.where(np.array(scores)[:, None] > 0, 0, -1),
            "scores": np.array(scores)[:, None],
        }


def white_box(image: np.ndarray) -> Box | None:
    """The tight box of the pixels whose mean over the channels is over 128."""
    white = image.mean(axis=2) > WHITE
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def oracle(stride: int = 1, sees: Callable[[Box], bool] = lambda box: True) -> Predictor:
    return Predictor(Oracle(stride, sees))
