"""A picture that was chosen to be explained."""

import re
import zlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from objloc.insight.subject import Subject


@dataclass(frozen=True)
class Example:
    """A picture with what the model says of it and, where it is known, what is there.

    Attributes:
        name: for people: the file's, or the scene's number.
        subject: the answer that is explained.
        detected: whether the answer is a detection: over the model's threshold, and not suppressed
            by another.
        truth: (N, 4) the objects' boxes, xyxy in pixels of the subject's image; None where nobody
            knows what is there.
    """

    name: str
    subject: Subject
    detected: bool
    truth: Float32[np.ndarray, "n 4"] | None = None

    @property
    def key(self) -> str:
        """The name, fit to be a file's: another name has another key."""
        # A point for a space: names with points of their own are not plain.
        plain = re.sub(r"[^A-Za-z0-9_ -]+", "_", self.name)[:60]
        key = plain.replace(" ", ".")
        return key if plain == self.name else f"{key}_{zlib.crc32(self.name.encode()):08x}"
