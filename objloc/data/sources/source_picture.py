"""One picture of a source: its pixels, or why there are none."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8


@dataclass(frozen=True)
class SourcePicture:
    """A picture of a source, read.

    Attributes:
        name: its path below the source's folder, with slashes, bytes that are no UTF-8 as Python's
            surrogates; `frame_000012` for a frame.
        image: upright RGB; None where it cannot be read.
        problem: why it cannot be read; "" where it can.
        frame: the frame's number in its film, from 0; None for a picture of its own.
        seconds: the frame's time from the beginning; None for a picture of its own.
    """

    name: str
    image: UInt8[np.ndarray, "height width 3"] | None
    problem: str = ""
    frame: int | None = None
    seconds: float | None = None
