"""Where the rows or columns of a picture come to lie on another one."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from objloc.data.batch_form import BatchForm


@dataclass(frozen=True)
class Span:
    """Along one axis: pixels `start` .. `start + length` of a picture become `size` from `at`."""

    start: int
    length: int
    at: int
    size: int

    @classmethod
    def fit(
        cls, length: int, first: int, last: int, scale: float, slack: float, part: float
    ) -> "Span":
        """A picture's `length` pixels, enlarged by `scale`, into the room from first to last.

        Whole pixels are mapped to whole pixels, so that no edge is blurred and the mapping is
        exact; the scale bends a little for it.
        """
        room = last - first
        if length * scale >= room:
            shown = min(length, max(1, round(room / scale)))
            return cls(int(part * (length - shown + 1)), shown, first, room)
        size = max(1, round(length * scale))
        return cls(0, length, first + round(slack * (room - size)), size)

    def moved(self, places: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
        """Where places in the picture are on the canvas."""
        return (places - self.start) * (self.size / self.length) + self.at


def axis_scales(size: tuple[int, int], scale: float, form: BatchForm) -> tuple[float, float]:
    """Pixels of the model's square per pixel of a picture, along x and along y.

    Args:
        size: height, width of the picture.
        scale: 1 for the size that it would be resized to by itself.
        form: the side of the square, and whether pictures are letterboxed or stretched.
    """
    height, width = size
    x_scale, y_scale = scale * form.image_size / width, scale * form.image_size / height
    if form.resize_mode == "letterbox":
        x_scale = y_scale = min(x_scale, y_scale)
    return x_scale, y_scale
