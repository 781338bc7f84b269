"""What every format is made from: the detector, and the one input that it has."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np

from objloc.models import Detector, Localizer
from objloc.quiet import quiet

INPUT = "images"


def detector_of(localizer: Localizer) -> Detector:
    """The localizer with its decoding, called once: what was just loaded cannot be exported."""
    detector = Detector(localizer)
    side = localizer.image_size
    detector(np.zeros((1, side, side, 3), np.uint8))
    return detector


def signature(localizer: Localizer) -> list[keras.InputSpec]:
    """Of the exported graph: images uint8 (B, S, S, 3), B being anything."""
    side = localizer.image_size
    return [keras.InputSpec(shape=(None, side, side, 3), dtype="uint8", name=INPUT)]


def output_names(localizer: Localizer) -> tuple[str, ...]:
    """What the exported graph answers with."""
    if localizer.decoding.in_graph:
        return ("boxes", "labels", "scores")
    return ("boxes", "class_logits", "objectness")


@contextmanager
def conversion() -> Iterator[None]:
    """Converters tell of their work on every stream there is; what is of use comes as an error."""
    with warnings.catch_warnings(), quiet(1, 2):
        warnings.simplefilter("ignore")
        yield
