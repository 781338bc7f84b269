"""What every format is made from: a localizer with its decoding, as TensorFlow has it."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import keras
import numpy as np

from objloc.models import Detector, Localizer
from objloc.quiet import quiet

INPUT = "images"


class DetectorGraph:
    """A localizer, ready to be converted.

    Args:
        localizer: in float32.

    Attributes:
        localizer: the same.
        detector: the localizer with its decoding.
        signature: of the one input: images uint8 (B, S, S, 3), B being anything.
    """

    def __init__(self, localizer: Localizer) -> None:
        self.localizer = localizer
        self.detector = Detector(localizer)
        side = localizer.image_size
        # What was just loaded cannot be exported before its first call.
        self.detector(np.zeros((1, side, side, 3), np.uint8))
        self.signature = [keras.InputSpec(shape=(None, side, side, 3), dtype="uint8", name=INPUT)]
        self._scratch = tempfile.TemporaryDirectory()

    @property
    def outputs(self) -> dict[str, str]:
        """Names of what is answered, each standing for itself."""
        if self.localizer.decoding.in_graph:
            names = ["boxes", "labels", "scores"]
        else:
            names = ["boxes", "class_logits", "objectness"]
        return {name: name for name in names}

    @cached_property
    def saved_model(self) -> Path:
        """A folder of TensorFlow's own format; further formats are converted from it."""
        folder = Path(self._scratch.name) / "saved_model"
        self.detector.export(
            folder, format="tf_saved_model", verbose=False, input_signature=self.signature
        )
        return folder

    def close(self) -> None:
        """Removes the folder."""
        self._scratch.cleanup()


@contextmanager
def conversion() -> Iterator[None]:
    """Converters tell of their work on every stream there is; what is of use comes as an error."""
    with warnings.catch_warnings(), quiet(1, 2):
        warnings.simplefilter("ignore")
        yield
