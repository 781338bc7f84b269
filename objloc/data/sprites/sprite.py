"""One sprite, prepared so that any size of it costs one cheap resize."""

import math

import cv2
import numpy as np
from jaxtyping import UInt8

from objloc.data.scene import VISIBLE_ALPHA, premultiply, visible_box
from objloc.errors import DataError


class Sprite:
    """A sprite cut to its visible pixels, at a ladder of sizes from `max_size` down to `min_size`.

    The ladder's steps differ by √2, so that a bilinear resize from the next larger step is free of
    aliasing; each step is made from the original by averaging.

    Args:
        name: what messages call it, usually its path.
        rgba: the picture with straight alpha, at least about `max_size` large if it is to be sharp.
        min_size: smallest longer side in pixels that will be asked for.
        max_size: largest longer side in pixels that will be asked for.

    Raises:
        DataError: the picture is fully transparent, or nothing of it is left at the smallest size.
    """

    def __init__(
        self, name: str, rgba: UInt8[np.ndarray, "h w 4"], min_size: int, max_size: int
    ) -> None:
        self.name = name
        box = visible_box(rgba)
        if box is None:
            raise DataError(
                f"{name}: the sprite is fully transparent (no pixel is covered by half); "
                "remove the file or redraw it"
            )
        x1, y1, x2, y2 = box
        original = premultiply(rgba[y1:y2, x1:x2])
        self._levels: list[UInt8[np.ndarray, "_h _w 4"]] = []
        size = float(max_size)
        while not self._levels or size * math.sqrt(2) > min_size:
            self._levels.append(_resize(original, round(size)))
            size /= math.sqrt(2)
        if visible_box(self.scaled(min_size)) is None:
            raise DataError(
                f"{name}: nothing is left of the sprite at {min_size} px (no pixel is covered by "
                "half); raise dataset.min_size or draw it with bolder lines"
            )

    def scaled(self, size: int) -> UInt8[np.ndarray, "h w 4"]:
        """The sprite with a longer side of `size` pixels, RGBA with premultiplied alpha.

        Sizes out of the ladder may be asked for: larger ones are blurred.
        """
        level = self._levels[0]
        for smaller in self._levels[1:]:
            if max(smaller.shape) < size:
                break
            level = smaller
        height, width = level.shape[:2]
        if max(height, width) == size:
            return level
        scale = size / max(height, width)
        # Only sizes below `min_size` are smaller than the whole ladder: they need averaging.
        below = max(self._levels[-1].shape[:2]) > size
        return cv2.resize(
            level,
            (max(1, round(width * scale)), max(1, round(height * scale))),
            interpolation=cv2.INTER_AREA if below else cv2.INTER_LINEAR,
        )

    def turned_extent(self) -> int:
        """Side of the square in which the largest size can be rotated about its centre uncut."""
        level = self._levels[0]
        height, width = level.shape[:2]
        rows, columns = np.nonzero(level[:, :, 3] >= VISIBLE_ALPHA)
        # Pixel edges, not centres: half a pixel further out.
        dy = np.abs(rows + 0.5 - height / 2) + 0.5
        dx = np.abs(columns + 0.5 - width / 2) + 0.5
        return math.ceil(2 * float(np.hypot(dx, dy).max())) + 2


def _resize(rgba: UInt8[np.ndarray, "h w 4"], size: int) -> UInt8[np.ndarray, "h2 w2 4"]:
    height, width = rgba.shape[:2]
    scale = size / max(height, width)
    if scale == 1:
        return rgba
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(rgba, shape, interpolation=interpolation)
