"""Pictures of any size to the square that the model is fed, and boxes there and back."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

ResizeMode = Literal["letterbox", "stretch"]

LETTERBOX_GREY = 114
"""What fills the bars of a letterboxed picture; the grey that YOLO detectors use."""


@dataclass(frozen=True)
class Resize:
    """Maps original pixels to those of the resized picture: x · scale_x + offset_x, y likewise."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    offset_x: float = 0.0
    offset_y: float = 0.0

    def apply(self, boxes: Float[np.ndarray, "n 4"]) -> Float32[np.ndarray, "n 4"]:
        """Boxes (xyxy) in original pixels → in pixels of the resized picture."""
        return (boxes * self._scale() + self._offset()).astype(np.float32)

    def undo(self, boxes: Float[np.ndarray, "n 4"]) -> Float32[np.ndarray, "n 4"]:
        """Boxes (xyxy) in pixels of the resized picture → in original pixels; none is clipped."""
        return ((boxes - self._offset()) / self._scale()).astype(np.float32)

    def _scale(self) -> Float[np.ndarray, " 4"]:
        return np.array([self.scale_x, self.scale_y] * 2, np.float64)

    def _offset(self) -> Float[np.ndarray, " 4"]:
        return np.array([self.offset_x, self.offset_y] * 2, np.float64)


def resize(
    image: UInt8[np.ndarray, "height width 3"], size: int, mode: ResizeMode = "letterbox"
) -> tuple[UInt8[np.ndarray, "size size 3"], Resize]:
    """Brings a picture to size × size pixels.

    Args:
        image: RGB picture of any size.
        size: side of the result in pixels.
        mode: `letterbox` keeps the shape of things and fills the rest with grey; `stretch` fills
            the square.

    Returns:
        The resized picture (the very same array if it has the size already) and the mapping of
        its pixels.
    """
    height, width = image.shape[:2]
    if (height, width) == (size, size):
        return image, Resize()
    if mode == "stretch":
        new_height = new_width = size
    else:
        scale = size / max(height, width)
        new_height = max(1, round(height * scale))
        new_width = max(1, round(width * scale))
    shrinks = new_height * new_width < height * width
    resized = cv2.resize(
        image,
        (new_width, new_height),
        # Averaging over the source pixels is what keeps small objects from breaking up.
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    top, left = (size - new_height) // 2, (size - new_width) // 2
    # The scales are those of the rounded sizes, so that the way back is exact.
    transform = Resize(new_width / width, new_height / height, float(left), float(top))
    if (new_height, new_width) == (size, size):
        return resized, transform
    canvas = np.full((size, size, 3), LETTERBOX_GREY, np.uint8)
    canvas[top : top + new_height, left : left + new_width] = resized
    return canvas, transform
