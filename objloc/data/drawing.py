"""Draws boxes with their names on pictures, and pictures side by side."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]

TRUTH_COLOUR: Colour = (86, 180, 233)
"""Sky blue of the Okabe-Ito palette, which colour-blind people tell apart."""

PREDICTION_COLOUR: Colour = (230, 159, 0)
"""Orange of the same palette."""

READABLE_SIDE = 256
"""Pictures are enlarged until their shorter side has it, so that names can be read."""

_MANY = 12
"""With more boxes than this, lines are thin and names small: else they hid the picture."""

_EDGE: Colour = (0, 0, 0)


def draw_boxes(
    image: UInt8[np.ndarray, "height width 3"],
    boxes: Float[np.ndarray, "n 4"],
    texts: Sequence[str],
    colours: Sequence[Colour],
) -> UInt8[np.ndarray, "height2 width2 3"]:
    """A copy of the picture with boxes and a label for each.

    The copy is larger by a whole factor where the picture is small, its pixels staying sharp
    squares, so that names are legible and a box can be checked against single pixels. A label
    stands above its box where there is room, else below or inside, and off other labels. Where
    there are many boxes, lines are thinner and labels smaller.

    Args:
        image: RGB.
        boxes: xyxy in pixels of `image`.
        texts: one label a box; an empty one draws none.
        colours: one RGB colour a box.

    Returns:
        The picture times ceil(`READABLE_SIDE` / shorter side).
    """
    height, width = image.shape[:2]
    factor = max(1, -(-READABLE_SIDE // min(height, width)))
    picture = Image.fromarray(np.ascontiguousarray(image)).resize(
        (width * factor, height * factor), Image.Resampling.NEAREST
    )
    draw = ImageDraw.Draw(picture)
    many = len(boxes) > _MANY
    line_width, font = (2, _font(9)) if many else (3, _font(15))
    edges = [tuple(float(side) * factor for side in box) for box in boxes]
    for box, colour in zip(edges, colours, strict=True):
        _outline(draw, box, colour, line_width)
    taken: list[tuple[float, float, float, float]] = []
    for box, text, colour in zip(edges, texts, colours, strict=True):
        if text:
            taken.append(_label(draw, box, text, colour, picture.size, line_width, font, taken))
    return np.asarray(picture)


def tile(
    images: Sequence[UInt8[np.ndarray, "_h _w 3"]], columns: int, gap: int = 4
) -> UInt8[np.ndarray, "height width 3"]:
    """A contact sheet: pictures row by row on grey, each in a cell of the largest one's size.

    Raises:
        ValueError: there are no pictures or no columns.
    """
    if not images or columns < 1:
        raise ValueError(f"{len(images)} pictures in {columns} columns make no sheet")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    height = max(image.shape[0] for image in images)
    width = max(image.shape[1] for image in images)
    # Grey, so that black and white scenes both show where they end.
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 128, np.uint8)
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        top = row * (height + gap) + (height - image.shape[0]) // 2
        left = column * (width + gap) + (width - image.shape[1]) // 2
        sheet[top : top + image.shape[0], left : left + image.shape[1]] = image
    return sheet


def _outline(
    draw: ImageDraw.ImageDraw, box: tuple[float, ...], colour: Colour, line_width: int
) -> None:
    """A coloured frame just outside the box, between two thin dark ones: seen on any picture."""
    x1, y1, x2, y2 = (round(side) for side in box)
    # Pillow includes the last pixel; a box that is turned inside out is drawn as a point.
    x2, y2 = max(x1, x2 - 1), max(y1, y2 - 1)
    for grow, fill in (
        (line_width, _EDGE),
        *((step, colour) for step in range(1, line_width)),
        (0, _EDGE),
    ):
        draw.rectangle((x1 - grow, y1 - grow, x2 + grow, y2 + grow), outline=fill)


def _label(
    draw: ImageDraw.ImageDraw,
    box: tuple[float, ...],
    text: str,
    colour: Colour,
    size: tuple[int, int],
    line_width: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    taken: Sequence[tuple[float, float, float, float]],
) -> tuple[float, float, float, float]:
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    width, height = right - left + 6, bottom - top + 6
    x1, y1, _, y2 = box
    x = min(max(0.0, x1 - line_width), float(max(0, size[0] - width)))
    spots = (y1 - line_width - height, y2 + line_width, y1 + 2, y2 - height - 2)
    inside = [min(max(0.0, y), float(max(0, size[1] - height))) for y in spots]
    free = [
        y
        for y, wanted in zip(inside, spots, strict=True)
        if y == wanted and not any(_overlap((x, y, x + width, y + height), t) for t in taken)
    ]
    y = free[0] if free else inside[0]
    spot = (float(x), float(y), float(x + width), float(y + height))
    draw.rectangle(spot, fill=colour, outline=_EDGE)
    draw.text((x + 3 - left, y + 3 - top), text, font=font, fill=_EDGE)
    return spot


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@lru_cache(maxsize=2)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
