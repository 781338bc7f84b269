"""What evaluation knows about one picture: its objects and the way back to its own pixels."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32

from objloc.data.resize import Resize


@dataclass(frozen=True)
class Truth:
    """The objects of one picture in its original pixels; every one of them, whatever a batch holds.

    Attributes:
        image_id: unique within a split.
        size: original height and width in pixels.
        boxes: x1, y1, x2, y2 in original pixels.
        labels: index into the class names.
        ignore: objects that neither count as found nor as missed.
        area: in square original pixels.
        transform: from original pixels to those of the picture that the model was fed.
    """

    image_id: int
    size: tuple[int, int]
    boxes: Float32[np.ndarray, "n 4"]
    labels: Int32[np.ndarray, " n"]
    ignore: Bool[np.ndarray, " n"]
    area: Float32[np.ndarray, " n"]
    transform: Resize
