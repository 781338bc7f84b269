"""One picture with its objects, the same whatever it was read or generated from."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32, UInt8


@dataclass(frozen=True)
class Sample:
    """One picture at its own size, before batching. N, the number of objects, may be 0.

    Attributes:
        image: RGB, 0..255.
        boxes: x1, y1, x2, y2 in pixels. Pixel edges are continuous: a box over columns 3 and 4
            is x1 = 3, x2 = 5.
        labels: index into the dataset's class names.
        ignore: objects that neither count as found nor as missed (COCO crowd, VOC difficult).
        area: object areas in square pixels.
        image_id: unique within a split.
        size: original height and width in pixels.
    """

    image: UInt8[np.ndarray, "height width 3"]
    boxes: Float32[np.ndarray, "n 4"]
    labels: Int32[np.ndarray, " n"]
    ignore: Bool[np.ndarray, " n"]
    area: Float32[np.ndarray, " n"]
    image_id: int
    size: tuple[int, int]
