"""Maps over their pictures, with the box and the side that they explain."""

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from objloc import boxes as geometry
from objloc.data.drawing import PREDICTION_COLOUR, READABLE_SIDE, TRUTH_COLOUR, draw_boxes
from objloc.insight.example import Example
from objloc.insight.heat_picture import overlay
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import SIDES, Subject

_FULL = 0.995
"""The share of pixels below the colour scale's upper end: single pixels would darken all others."""

_BOX = (190, 190, 190)


def map_picture(
    subject: Subject, found: SaliencyMap, title: str = ""
) -> UInt8[np.ndarray, "side side 3"]:
    """The map over the picture, enlarged, with the explained box.

    Args:
        subject: the answer.
        found: a map of it; of one that explains a side, this side is drawn thick and orange.
        title: is written in the lower left corner; "" for nothing.
    """
    factor = _factor(subject.image.shape[0])
    side = subject.image.shape[0] * factor
    image = cv2.resize(subject.image, (side, side), interpolation=cv2.INTER_NEAREST)
    values = cv2.resize(found.values, (side, side), interpolation=cv2.INTER_LINEAR)
    drawn = values[values > 0]
    if len(drawn):
        highest = float(np.quantile(values, _FULL)) or float(values.max())
        values = np.minimum(values, highest)
    picture = Image.fromarray(overlay(image, values))
    draw = ImageDraw.Draw(picture)
    _draw_box(draw, subject, found, factor)
    if title:
        _write(draw, title, side)
    return np.asarray(picture)


def example_picture(
    example: Example, class_names: tuple[str, ...]
) -> UInt8[np.ndarray, "side side 3"]:
    """The picture with the explained box, orange, and objects where they are known, blue."""
    subject = example.subject
    truth = example.truth if example.truth is not None else np.zeros((0, 4), np.float32)
    boxes = np.concatenate([truth, subject.box[None]])
    text = f"{class_names[subject.label]} {subject.score:.2f}"
    colours = [TRUTH_COLOUR] * len(truth) + [PREDICTION_COLOUR]
    return draw_boxes(subject.image, boxes, [""] * len(truth) + [text], colours)


def _factor(side: int) -> int:
    """As pictures with boxes are enlarged."""
    return max(1, -(-READABLE_SIDE // side))


def _draw_box(draw: ImageDraw.ImageDraw, subject: Subject, found: SaliencyMap, factor: int) -> None:
    side = float(subject.image.shape[0])
    box = geometry.clip(subject.box, side, side) * factor
    last = side * factor - 1
    x1, y1, x2, y2 = (float(np.clip(one, 0, last)) for one in box)
    x2, y2 = max(x1, x2), max(y1, y2)
    lines = dict(
        zip(
            SIDES,
            ((x1, y1, x1, y2), (x1, y1, x2, y1), (x2, y1, x2, y2), (x1, y2, x2, y2)),
            strict=True,
        )
    )
    explained = [one for one in SIDES if one == found.quantity]
    for line in lines.values():
        colour = _BOX if explained else PREDICTION_COLOUR
        draw.line(line, fill=colour, width=1)
    for name in explained:
        draw.line(lines[name], fill=PREDICTION_COLOUR, width=4)


def _write(draw: ImageDraw.ImageDraw, title: str, side: int) -> None:
    font = ImageFont.load_default(13)
    _, top, right, bottom = draw.textbbox((0, 0), title, font=font)
    y = side - (bottom - top) - 6
    draw.rectangle((0, y, right + 6, side), fill=(0, 0, 0))
    draw.text((3, y + 3 - top), title, font=font, fill=(255, 255, 255))
