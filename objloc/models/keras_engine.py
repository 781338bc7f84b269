"""A localizer made ready to answer: one compiled call that any thread of its process may make."""

import logging
from typing import Any

import numpy as np

from objloc.model_card import ModelCard
from objloc.models.detector import Detector
from objloc.models.localizer import Localizer

# A sweep makes an engine for each of its runs; TensorFlow takes them for one function that is
# compiled again and again, and warns.
logging.getLogger("tensorflow").addFilter(lambda record: "retracing" not in record.getMessage())


class KerasEngine:
    """Asks a localizer (`objloc.evaluation.Engine`).

    Model and decoding are one compiled call, unless the model's decoding says ``in_graph=False``.
    The weights are the localizer's own: an engine made before training goes on answers with the
    trained weights.

    Args:
        localizer: the model.
    """

    def __init__(self, localizer: Localizer) -> None:
        self.localizer = localizer
        self._detector = Detector(localizer)
        # XLA compiles every batch shape anew, for seconds, and is slower on a CPU.
        self._detector.compile(jit_compile=False)

    @property
    def card(self) -> ModelCard:
        """Of the localizer as it is now."""
        return self.localizer.card

    def __call__(self, images: np.ndarray) -> dict[str, Any]:
        """Detections, or candidates, of images uint8 (B, S, S, 3)."""
        return dict(self._detector.predict_on_batch(images))
