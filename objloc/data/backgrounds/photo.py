"""Random crops of photographs."""

import functools
import hashlib
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image

from objloc.data.backgrounds.photo_split import Split
from objloc.data.dataset import SplitName
from objloc.errors import DataError

_LARGEST_SIDE = 1024
"""Shorter sides above it are shrunk when a photograph is read: memory, and no crop needs more."""

_CACHED = 64
"""Photographs that a process keeps decoded: 11 of them train the ladder; at most ~6 MB each."""

_ORIENTATIONS = (None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)


class PhotoBackground:
    """Square crops at any scale, turned, mirrored and recoloured, of photographs held by split.

    A handful of photographs would soon be known by heart. So a crop may be anything from the size
    of the scene to the whole picture, is turned by multiples of 90°, mirrored, and its colours are
    exchanged, weakened and shifted; in all splits alike, since that is how the scenes are made.

    Args:
        split: the files of each split; no file stands in two.

    Raises:
        DataError: a file cannot be read.
    """

    def __init__(self, split: Split) -> None:
        self.split = split
        digest = hashlib.sha256()
        for paths in split.values():
            for path in paths:
                digest.update(hashlib.sha256(_read_bytes(path)).digest())
                _check(path)
        self._digest = digest.hexdigest()

    def draw(
        self, split: SplitName, size: int, rng: np.random.Generator
    ) -> UInt8[np.ndarray, "size size 3"]:
        """A crop of one of the split's photographs."""
        paths = self.split[split]
        levels = _levels(paths[rng.integers(len(paths))])
        u_scale, u_x, u_y = rng.random(3)
        largest = min(levels[0].shape[:2])
        # Uniform in the logarithm: as many close-ups by a factor of two as whole views.
        side = largest if largest <= size else size * (largest / size) ** u_scale
        # The levels are √2 apart, so a bilinear resize from the right one does not alias.
        level = min(len(levels) - 1, max(0, math.floor(2 * math.log2(side / size))))
        photograph = levels[level]
        height, width = photograph.shape[:2]
        crop = min(round(side * 2 ** (-level / 2)), height, width)
        left, top = int(u_x * (width - crop + 1)), int(u_y * (height - crop + 1))
        picture = photograph[top : top + crop, left : left + crop]
        if crop != size:
            picture = cv2.resize(picture, (size, size), interpolation=cv2.INTER_LINEAR)
        turn, mirror = _ORIENTATIONS[rng.integers(4)], rng.integers(2)
        if turn is not None:
            picture = cv2.rotate(picture, turn)
        if mirror:
            picture = cv2.flip(picture, 1)
        return cv2.transform(picture, _colour_matrix(rng))

    def describe(self) -> dict[str, Any]:
        """The files' names by split and a hash of their contents."""
        return {
            "kind": "photo",
            "digest": self._digest,
            **{name: [path.name for path in paths] for name, paths in self.split.items()},
        }


def _colour_matrix(rng: np.random.Generator) -> Float32[np.ndarray, "3 4"]:
    """Channels exchanged, saturation 0.3..1.1, gain 0.75..1.25 a channel, offset ±20."""
    order = rng.permutation(3)
    u = rng.random(5)
    saturation = 0.3 + 0.8 * u[0]
    mixing = np.full((3, 3), (1 - saturation) / 3)
    mixing[np.arange(3), order] += saturation
    matrix = np.empty((3, 4), np.float32)
    matrix[:, :3] = mixing * (0.75 + 0.5 * u[1:4, None])
    matrix[:, 3] = 40 * u[4] - 20
    return matrix


@functools.lru_cache(maxsize=_CACHED)
def _levels(path: Path) -> tuple[UInt8[np.ndarray, "h w 3"], ...]:
    """The photograph, and copies of it each smaller by √2, down to a shorter side of ~64 px."""
    try:
        with Image.open(path) as picture:
            photograph = np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(f"{path}: the background picture cannot be read ({error})") from error
    height, width = photograph.shape[:2]
    largest = min(1.0, _LARGEST_SIDE / min(height, width))
    steps = max(0, math.floor(2 * math.log2(min(height, width) * largest / 64)))
    return tuple(_shrink(photograph, largest * 2 ** (-step / 2)) for step in range(steps + 1))


def _shrink(photograph: np.ndarray, scale: float) -> np.ndarray:
    if scale == 1:
        return photograph
    height, width = photograph.shape[:2]
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(photograph, shape, interpolation=cv2.INTER_AREA)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: the background picture cannot be read ({error})") from error


def _check(path: Path) -> None:
    """Opens the file without decoding it: cheap enough for a folder of thousands."""
    try:
        with Image.open(path):
            pass
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(f"{path}: the background picture cannot be read ({error})") from error
