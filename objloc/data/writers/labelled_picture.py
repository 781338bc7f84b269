"""One picture with its labels, on the way into a labelled set on disk."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64, UInt8

from objloc.data.dataset import SplitName


@dataclass(frozen=True)
class LabelledPicture:
    """What a writer is given; N, the number of objects, may be 0.

    Attributes:
        name: the wanted file name, with its ending and without folders; a writer changes it only
            where another picture has it already.
        pixels: the file whose bytes are copied, or RGB pixels, which are written as PNG.
        split: where it belongs.
        image_id: its id; unique within the split.
        size: height and width of the picture, upright.
        boxes: xyxy in upright pixels, edges continuous (see `Sample`).
        labels: index into the class names.
        ignore: COCO's crowd, VOC's difficult.
        area: square pixels.
        object_ids: COCO's annotation ids; None where the objects have none.
        channels: 1 for a grey picture, else 3.
    """

    name: str
    pixels: Path | UInt8[np.ndarray, "height width 3"]
    split: SplitName
    image_id: int
    size: tuple[int, int]
    boxes: Float64[np.ndarray, "n 4"]
    labels: Int32[np.ndarray, " n"]
    ignore: Bool[np.ndarray, " n"]
    area: Float64[np.ndarray, " n"]
    object_ids: Int64[np.ndarray, " n"] | None = None
    channels: int = 3
