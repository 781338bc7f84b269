"""Pictures with coloured rectangles, whose boxes one knows."""

from io import BytesIO

import numpy as np
from PIL import Image

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}


def picture(width: int = 96, height: int = 64, **boxes: tuple[int, int, int, int]) -> np.ndarray:
    """A grey picture, uint8 (height, width, 3), with rectangles: `colour=(x1, y1, x2, y2)`."""
    pixels = np.full((height, width, 3), 128, np.uint8)
    for colour, (x1, y1, x2, y2) in boxes.items():
        pixels[y1:y2, x1:x2] = COLOURS[colour]
    return pixels


def encoded(pixels: np.ndarray, form: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture file."""
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, form, **options)
    return stream.getvalue()


RED = encoded(picture(red=(6, 6, 30, 24)))
"""A PNG with one red rectangle."""
