"""Turns sprites, and applies a dataset's transforms to them, without cutting any of them off."""

import math

import cv2
import numpy as np
from jaxtyping import UInt8

from objloc.data.augmentation import Augmentation


def transformed(
    rgba: UInt8[np.ndarray, "h w 4"], augment: Augmentation, rng: np.random.Generator
) -> UInt8[np.ndarray, "h2 w2 4"]:
    """A sprite after the geometric transforms of scenes, cut to what is left of it."""
    if not augment.needs_margin:
        return augment.transform_sprite(rgba, rng)
    return _cut(augment.transform_sprite(_pad_to_turn(rgba), rng))


def turned(rgba: UInt8[np.ndarray, "h w 4"], degrees: float | int) -> UInt8[np.ndarray, "h2 w2 4"]:
    """A sprite, RGBA with premultiplied alpha, turned anticlockwise about its centre."""
    if degrees % 360 == 0:
        return rgba
    padded = _pad_to_turn(rgba)
    side = padded.shape[0]
    middle = (side - 1) / 2  # of pixel centres, as OpenCV counts
    matrix = cv2.getRotationMatrix2D((middle, middle), float(degrees), 1.0)
    return _cut(np.asarray(cv2.warpAffine(padded, matrix, (side, side), flags=cv2.INTER_LINEAR)))


def _cut(rgba: UInt8[np.ndarray, "h w 4"]) -> UInt8[np.ndarray, "h2 w2 4"]:
    x, y, width, height = cv2.boundingRect(rgba[:, :, 3])
    return rgba[y : y + height, x : x + width]


def _pad_to_turn(rgba: UInt8[np.ndarray, "h w 4"]) -> UInt8[np.ndarray, "side side 4"]:
    """Centres the sprite on a square in which no rotation cuts it."""
    height, width = rgba.shape[:2]
    side = math.ceil(math.hypot(height, width)) + 2
    top, left = (side - height) // 2, (side - width) // 2
    return cv2.copyMakeBorder(
        rgba, top, side - height - top, left, side - width - left, cv2.BORDER_CONSTANT, value=0
    )
