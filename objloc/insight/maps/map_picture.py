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

_LARGEST = 384
"""Pixels along a side that are shown at most."""

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
    side = _shown_side(subject.image.shape[0])
    factor = side / subject.image.shape[0]
    how = cv2.INTER_NEAREST if factor >= 1 else cv2.INTER_AREA
    image = cv2.resize(subject.image, (side, side), interpolation=how)
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
    image, boxes = subject.image, np.concatenate([truth, subject.box[None]])
    side = _shown_side(image.shape[0])
    if side < image.shape[0]:
        boxes = boxes * np.float32(side / image.shape[0])
        image = np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    text = f"{class_names[subject.label]} {subject.score:.2f}"
    colours = [TRUTH_COLOUR] * len(truth) + [PREDICTION_COLOUR]
    return draw_boxes(image, boxes, [""] * len(truth) + [text], colours)


def _shown_side(side: int) -> int:
    """Small pictures are enlarged as those with boxes are; a page of large ones would be huge."""
    return side * -(-READABLE_SIDE // side) if side < READABLE_SIDE else min(side, _LARGEST)


def _draw_box(
    draw: ImageDraw.ImageDraw, subject: Subject, found: SaliencyMap, factor: float
) -> None:
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
