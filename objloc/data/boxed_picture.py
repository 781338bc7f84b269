"""A picture with its objects, while it is cut, resized and put together with others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Int64, UInt8

from objloc.boxes import area


@dataclass(frozen=True)
class BoxedPicture:
    """A picture with its objects, on the way to a `Sample`; N may be 0.

    Attributes:
        image: RGB.
        boxes: xyxy in pixels of `image`, edges continuous (see `Sample`).
        labels: index into the class names.
        ignore: see `Sample`.
        area: of each object in square pixels, where its box was `box_area` large.
        box_area: in the same square pixels.
    """

    image: UInt8[np.ndarray, "height width 3"]
    boxes: Float32[np.ndarray, "n 4"]
    labels: Int32[np.ndarray, " n"]
    ignore: Bool[np.ndarray, " n"]
    area: Float64[np.ndarray, " n"]
    box_area: Float64[np.ndarray, " n"]

    def changed(
        self,
        image: UInt8[np.ndarray, "h2 w2 3"],
        boxes: Float32[np.ndarray, "m 4"],
        kept: Int64[np.ndarray, " m"],
    ) -> "BoxedPicture":
        """Another picture of objects of this one: `kept` says which, `boxes` where they are."""
        return BoxedPicture(
            image,
            boxes,
            *(column[kept] for column in (self.labels, self.ignore, self.area, self.box_area)),
        )

    def counted(self) -> int:
        """How many objects there are, those to be ignored left out."""
        return int((~self.ignore).sum())

    def areas(self) -> Float32[np.ndarray, " n"]:
        """Areas of the objects in pixels of `image`: what they cover changes as their boxes do."""
        return (self.area * (area(self.boxes.astype(np.float64)) / self.box_area)).astype(
            np.float32
        )


def together(image: np.ndarray, parts: Sequence[BoxedPicture]) -> BoxedPicture:
    """One picture of the objects of all parts, whose boxes are in its pixels already."""
    columns = ("boxes", "labels", "ignore", "area", "box_area")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    return replace(parts[0], image=image, **joined)
