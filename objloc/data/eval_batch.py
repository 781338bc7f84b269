"""One batch of an evaluation, with what is needed to judge it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from objloc.data.truth import Truth


@dataclass(frozen=True)
class EvalBatch:
    """Pictures as the model is fed them, and the truth in their original pixels.

    Attributes:
        images: RGB; the last batch of a split may be short.
        targets: `boxes` float32 (B, M, 4), xyxy divided by width and height, and `labels` int32
            (B, M), −1 = padding.
        truths: one for each picture.
    """

    images: UInt8[np.ndarray, "batch size size 3"]
    targets: dict[str, np.ndarray]
    truths: tuple[Truth, ...]
