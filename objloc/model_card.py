"""What one must know of a model, beside its weights, to ask it and to read its answers."""

from dataclasses import dataclass

from objloc.data.resize import ResizeMode
from objloc.decoding import Decoding


@dataclass(frozen=True)
class ModelCard:
    """How a model wants its pictures and what its answers mean.

    Attributes:
        class_names: C names; a label is an index into them.
        image_size: side in pixels, S, of the square pictures that it is fed.
        resize_mode: how pictures of other sizes are brought to S × S.
        score_threshold: a detection counts from this score on; chosen on validation.
        decoding: how its candidates become detections.
    """

    class_names: tuple[str, ...]
    image_size: int
    resize_mode: ResizeMode
    score_threshold: float
    decoding: Decoding
