"""One picture that a probe shows to the model, with the one object that is asked for."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8


@dataclass(frozen=True)
class Shown:
    """A picture with the object that the model ought to find in it.

    Attributes:
        image: RGB.
        box: xyxy in pixels, of the object's visible pixels.
        label: the object's class, as the model counts classes.
        visible: which pixels inside the box are the object's; None where only the box is known.
    """

    image: UInt8[np.ndarray, "h w 3"]
    box: Float32[np.ndarray, "4"]
    label: int
    visible: Bool[np.ndarray, "bh bw"] | None = None
