"""What stands where nothing is to be seen: a picture without the information of a picture."""

from typing import Literal, get_args

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from objloc.errors import ConfigError

Fill = Literal["black", "white", "mean", "blur"]
"""One colour, or the picture so blurred that no form is left."""

_BLUR = 1 / 8  # standard deviation, in sides of the picture


def check_fill(key: str, fill: str) -> None:
    """Raises ConfigError, naming the key, where there is no such fill."""
    if fill not in get_args(Fill):
        raise ConfigError(f"{key}={fill}: it is one of {', '.join(get_args(Fill))}")


def filled(image: UInt8[np.ndarray, "s s 3"], fill: Fill) -> Float32[np.ndarray, "s s 3"]:
    """A picture of the same size, 0..255, that is to say nothing.

    Each says something to some model: white is an object where objects are white. So maps depend on
    it, and the choice belongs beside them.
    """
    if fill == "blur":
        sigma = image.shape[0] * _BLUR
        blurred = cv2.GaussianBlur(image.astype(np.float32), (0, 0), sigma)
        return np.asarray(blurred, np.float32)
    colours = {"black": np.zeros(3), "white": np.full(3, 255.0), "mean": image.mean(axis=(0, 1))}
    return np.broadcast_to(colours[fill], image.shape).astype(np.float32)
