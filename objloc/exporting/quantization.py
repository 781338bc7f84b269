"""What int8 needs beside the model: pictures to calibrate with, and a measure of what it costs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from objloc.evaluation.engine import Engine
from objloc.exporting.exported_file import Accuracy


@dataclass(frozen=True)
class Quantization:
    """How int8 models are made and judged.

    Attributes:
        pictures: uint8 (N, S, S, 3), of the training data: what flows through the model for them
            sets the ranges of its numbers.
        measure: the accuracy of a model, on pictures that it was not trained on.
    """

    pictures: np.ndarray
    measure: Callable[[Engine], Accuracy]
