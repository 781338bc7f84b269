"""White rectangles of any size and shape: the simplest thing there is to find."""

import math

import numpy as np
from jaxtyping import UInt8


class RectangleSprites:
    """One class, `rectangle`; width and height are drawn independently, none is ever zero.

    Args:
        min_size: smallest side in pixels, at least 1.
        max_size: largest side in pixels.
    """

    class_names = ("rectangle",)
    digest = "rectangles-1"

    def __init__(self, min_size: int, max_size: int) -> None:
        self.min_size = min_size
        self.max_size = max_size

    def draw(self, label: int, rng: np.random.Generator) -> UInt8[np.ndarray, "h w 4"]:
        """A white, opaque rectangle."""
        width, height = rng.integers(self.min_size, self.max_size + 1, size=2)
        return np.full((height, width, 4), 255, np.uint8)

    def draw_sized(
        self, label: int, size: int, rng: np.random.Generator
    ) -> UInt8[np.ndarray, "h w 4"]:
        """The rectangle that `draw` would show, with its shape and a longer side of `size`.

        Its shorter side is no smaller than the smallest that `draw` shows, unless `size` is.
        """
        width, height = rng.integers(self.min_size, self.max_size + 1, size=2)
        scale, least = size / max(width, height), min(size, self.min_size)
        rows, columns = max(least, round(height * scale)), max(least, round(width * scale))
        return np.full((rows, columns, 4), 255, np.uint8)

    def turned_extent(self) -> tuple[int, str]:
        """The diagonal of the largest square."""
        return math.ceil(self.max_size * math.sqrt(2)) + 2, "the largest rectangle"
