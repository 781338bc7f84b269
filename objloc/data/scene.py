"""Puts sprites on a background and tells where their pixels are."""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import UInt8

VISIBLE_ALPHA = 128
"""A pixel is the object's where the object covers at least half of it: alpha ≥ 128 of 255."""

Box = tuple[int, int, int, int]
"""x1, y1, x2, y2 in whole pixels."""


class Placement(NamedTuple):
    """A sprite ready to be pasted.

    Attributes:
        patch: RGBA, alpha premultiplied.
        left, top: where the patch's first column and row go; they may lie outside the picture by
            the width of the patch's faint border.
        label: index into the class names.
        box: x1, y1, x2, y2 of the visible pixels in the picture, those that later sprites hide left
            out; wholly inside.
    """

    patch: UInt8[np.ndarray, "h w 4"]
    left: int
    top: int
    label: int
    box: Box


def visible_box(rgba: UInt8[np.ndarray, "h w 4"]) -> Box | None:
    """The tight box (x1, y1, x2, y2) of the visible pixels in whole pixels, or None without any."""
    visible = cv2.threshold(rgba[:, :, 3], VISIBLE_ALPHA - 1, 255, cv2.THRESH_BINARY)[1]
    x, y, width, height = cv2.boundingRect(visible)
    return (x, y, x + width, y + height) if width else None


def paste(
    image: UInt8[np.ndarray, "height width 3"],
    patch: UInt8[np.ndarray, "h w 4"],
    left: int,
    top: int,
) -> None:
    """Blends a premultiplied RGBA patch over the image, in place; what lies outside is cut off."""
    height, width = image.shape[:2]
    y1, x1 = max(top, 0), max(left, 0)
    y2, x2 = min(top + patch.shape[0], height), min(left + patch.shape[1], width)
    if y2 <= y1 or x2 <= x1:
        return
    patch = patch[y1 - top : y2 - top, x1 - left : x2 - left]
    under = image[y1:y2, x1:x2]
    transparency = cv2.cvtColor(cv2.bitwise_not(patch[:, :, 3]), cv2.COLOR_GRAY2RGB)
    under_part = cv2.multiply(under, transparency, scale=1 / 255)
    image[y1:y2, x1:x2] = cv2.add(under_part, cv2.cvtColor(patch, cv2.COLOR_RGBA2RGB))


def premultiply(rgba: UInt8[np.ndarray, "h w 4"]) -> UInt8[np.ndarray, "h w 4"]:
    """Straight alpha → premultiplied alpha, which may be resized and rotated without dark seams."""
    alpha = rgba[:, :, 3:].astype(np.uint16)
    colour = (rgba[:, :, :3] * alpha + 127) // 255
    return np.concatenate([colour, alpha], axis=2).astype(np.uint8)
