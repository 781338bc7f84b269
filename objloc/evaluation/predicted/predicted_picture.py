"""A picture made ready for the model, and with the model's answer."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float64, UInt8

from objloc.data.resize import Resize, ResizeMode, resize
from objloc.data.sources import SourcePicture
from objloc.evaluation.detections import Detections


@dataclass(frozen=True)
class ReadyPicture:
    """A picture as the model is fed it; the picture itself is let go of.

    Attributes:
        name: as `SourcePicture` has it; likewise `frame` and `seconds`.
        size: original height and width in pixels, upright.
        pixels: RGB, resized for the model.
        transform: how it was resized.
        shown: RGB, to draw on, perhaps smaller than the original; None where nothing is drawn.
    """

    name: str
    frame: int | None
    seconds: float | None
    size: tuple[int, int]
    pixels: UInt8[np.ndarray, "side side 3"]
    transform: Resize
    shown: UInt8[np.ndarray, "height width 3"] | None


@dataclass(frozen=True)
class PredictedPicture:
    """A picture with what was found in it.

    Attributes:
        picture: the picture.
        number: its place in the source, from 0, pictures that could not be read counted too.
        found: the detections that count, in pixels of the upright original.
    """

    picture: ReadyPicture
    number: int
    found: Detections

    @property
    def boxes(self) -> Float64[np.ndarray, "d 4"]:
        """In pixels, xyxy: for each float32 the float64 with the fewest decimals that means it."""
        return _shortest(self.found.boxes).reshape(-1, 4)

    @property
    def solid(self) -> list[int]:
        """The rows of the detections whose boxes have an area, as those a person corrects must."""
        boxes = self.found.boxes
        return np.flatnonzero((boxes[:, 2:] > boxes[:, :2]).all(axis=1)).tolist()

    @property
    def scores(self) -> list[float]:
        """Scores, 0..1, written with as few decimals."""
        return _shortest(self.found.scores).tolist()


def make_ready(
    picture: SourcePicture, side: int, mode: ResizeMode, shown_side: int | None
) -> ReadyPicture | SourcePicture:
    """Resizes a picture for the model; one that could not be read is given back as it is.

    Args:
        picture: as it was read.
        side: the model's, in pixels.
        mode: how the model's pictures are brought to that size.
        shown_side: keep a copy to draw on, its longer side no longer than this; 0 keeps it at full
            size, None keeps none.
    """
    if picture.image is None:
        return picture
    image = picture.image
    pixels, transform = resize(image, side, mode)
    shown = None if shown_side is None else _reduced(image, shown_side)
    size = (image.shape[0], image.shape[1])
    return ReadyPicture(
        picture.name, picture.frame, picture.seconds, size, pixels, transform, shown
    )


def _reduced(image: UInt8[np.ndarray, "h w 3"], most: int) -> UInt8[np.ndarray, "_h _w 3"]:
    height, width = image.shape[:2]
    if not most or max(height, width) <= most:
        return image
    scale = most / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _shortest(values: np.ndarray) -> Float64[np.ndarray, " n"]:
    return np.array([float(str(value)) for value in values.ravel()], np.float64)
