"""Shows pictures to a model, with a progress bar."""

from collections import deque
from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from objloc.evaluation.detections import Detections
from objloc.evaluation.predictor import Predictor
from objloc.model_card import ModelCard
from objloc.progress import progress


class Asker:
    """Asks a model in batches of one size, so that it is compiled once.

    Args:
        predictor: the model.
        expected: how many pictures will be shown, for the progress bar; some more or fewer do no
            harm.

    Example:
        >>> with Asker(predictor, 640) as ask:
        ...     detections = ask(pictures)
    """

    def __init__(self, predictor: Predictor, expected: int) -> None:
        self._predictor = predictor
        self.asked = 0
        """Pictures shown so far."""
        self._bar = progress(range(expected), "asking the model", unit="pictures")

    @property
    def card(self) -> ModelCard:
        """The model's."""
        return self._predictor.engine.card

    def __call__(self, pictures: Sequence[UInt8[np.ndarray, "_h _w 3"]]) -> list[Detections]:
        """Detections at every score, in the pictures' own pixels."""
        answers: list[Detections] = []
        size = self._predictor.batch_size
        for start in range(0, len(pictures), size):
            part = list(pictures[start : start + size])
            filled = part + [np.zeros_like(part[0])] * (size - len(part))
            answers += self._predictor.predict_images(filled)[: len(part)]
            self.asked += len(part)
            for _ in part:
                next(self._bar, None)
        return answers

    def __enter__(self) -> "Asker":
        return self

    def __exit__(self, *_: object) -> None:
        deque(self._bar, maxlen=0)  # the bar goes when it is through
