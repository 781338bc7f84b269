"""Whatever a program holds a picture in, to upright RGB."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias, TypeGuard

import numpy as np
from PIL import Image

from objloc.data.files.picture import read_picture, rgb_picture
from objloc.errors import DataError

Picture: TypeAlias = np.ndarray | Image.Image | str | os.PathLike[str] | bytes
"""An array, a Pillow picture, the path of a file, or the bytes of one."""


def are_several(pictures: Picture | Sequence[Picture]) -> TypeGuard[Sequence[Picture]]:
    """Whether it is a list of pictures. A str is a sequence of str, too, but it is one path."""
    return isinstance(pictures, Sequence) and not isinstance(
        pictures, str | bytes | bytearray | memoryview
    )


def rgb(picture: object) -> np.ndarray:
    """A picture as uint8 (H, W, 3), upright.

    Args:
        picture: an array, uint8: RGB (H, W, 3), grey (H, W) or (H, W, 1), RGBA (H, W, 4), as it
            is, so upright already; a Pillow picture of any mode; a file's path; a file's bytes.
            EXIF's orientation is applied and transparency is laid on white, as in training.

    Raises:
        DataError: it is no picture.
    """
    if isinstance(picture, np.ndarray):
        return _from_array(picture)
    if isinstance(picture, Image.Image):
        return rgb_picture(picture)
    if isinstance(picture, bytes | bytearray | memoryview):
        return read_picture(bytes(picture))
    if isinstance(picture, str | os.PathLike):
        return read_picture(Path(picture))
    raise DataError(
        f"{type(picture).__name__} is no picture: give a NumPy array uint8 (H, W, 3), a Pillow "
        "picture, the path of a file, or its bytes"
    )


def _from_array(array: np.ndarray) -> np.ndarray:
    if array.ndim == 4:
        raise DataError(
            f"an array {array.shape} is several pictures: give a list of them, list(array)"
        )
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim != 2 and (array.ndim != 3 or array.shape[2] not in (3, 4)):
        raise DataError(
            f"an array {array.shape} is no picture: its shape is (H, W, 3), RGB; (H, W), grey; or "
            "(H, W, 4), RGBA"
        )
    if array.dtype != np.uint8:
        raise DataError(f"an array of {array.dtype} is no picture: make it uint8, 0..255")
    if 0 in array.shape:
        raise DataError(f"an array {array.shape} has no pixels")
    if array.ndim == 3 and array.shape[2] == 3:
        return np.ascontiguousarray(array)
    return rgb_picture(Image.fromarray(np.ascontiguousarray(array)))
