"""A picture that was chosen to be explained."""

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
        detected: whether the answer counts as a detection: its score reaches the model's threshold.
        truth: (N, 4) the objects' boxes, xyxy in pixels of the subject's image; None where nobody
            knows what is there.
    """

    name: str
    subject: Subject
    detected: bool
    truth: Float32[np.ndarray, "n 4"] | None = None
