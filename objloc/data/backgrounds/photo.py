"""Random crops of photographs."""

import functools
import hashlib
import itertools
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from objloc.data.backgrounds.photo_split import Split
from objloc.data.dataset import SplitName
from objloc.data.files.picture import picture_header, read_picture
from objloc.data.files.picture_check import seems_cut_off
from objloc.data.files.printable import printable
from objloc.errors import DataError
from objloc.file_digest import file_digest

_LARGEST_SIDE = 768
"""Shorter sides above it are shrunk when a photograph is read, to keep memory within bounds."""

_CACHED = 48
"""Photographs that a process keeps decoded, up to ~8 MB each with their smaller copies."""

_WAY_OUT = "replace the file, or take it out of the folder of backgrounds"

_ORIENTATIONS = (None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)

_ORDERS = [np.eye(3)[list(order)] for order in itertools.permutations(range(3))]
_CHANNEL_ORDERS = (*[_ORDERS[0]] * 5, *_ORDERS[1:])
"""RGB as it is half the time, else one of the other five orders."""


class PhotoBackground:
    """Square crops at any scale, turned, mirrored and recoloured, of photographs held by split.

    A handful of photographs would soon be known by heart. So a crop may be anything from the size
    of the scene to the whole picture, is turned by multiples of 90°, mirrored, and its colours are
    exchanged, weakened and shifted; in all splits alike, since that is how the scenes are made.

    Args:
        split: the files of each split; no file stands in two.

    Raises:
        DataError: a file cannot be read, is no picture or is cut off.
    """

    def __init__(self, split: Split) -> None:
        self.split = split
        digest = hashlib.sha256()
        for paths in split.values():
            for path in paths:
                digest.update(_digest(path))
        self._digest = digest.hexdigest()

    def draw(
        self, split: SplitName, size: int, rng: np.random.Generator
    ) -> UInt8[np.ndarray, "size size 3"]:
        """A crop of one of the split's photographs."""
        paths = self.split[split]
        levels = _levels(paths[rng.integers(len(paths))], size)
        # As many close-ups by a factor of two as whole views: the levels' steps are a factor, too.
        photograph = levels[rng.integers(len(levels))]
        height, width = photograph.shape[:2]
        u_x, u_y = rng.random(2)
        left, top = int(u_x * (width - size + 1)), int(u_y * (height - size + 1))
        picture = photograph[top : top + size, left : left + size]
        turn, mirror = _ORIENTATIONS[rng.integers(4)], rng.integers(2)
        if turn is not None:
            picture = cv2.rotate(picture, turn)
        if mirror:
            picture = cv2.flip(picture, 1)
        return cv2.transform(picture, _colour_matrix(rng))

    def files(self, split: SplitName) -> tuple[Path, ...]:
        """The split's photographs."""
        return self.split[split]

    def without(self, files: Collection[Path]) -> "PhotoBackground":
        """The same, but training is given none of these files.

        Raises:
            DataError: that leaves none to train on.
        """
        train = tuple(path for path in self.split["train"] if path not in set(files))
        if len(train) == len(self.split["train"]):
            return self
        if not train:
            raise DataError(
                "dataset.background: none of its training pictures may be used; name another "
                "folder, or one with more pictures"
            )
        return PhotoBackground({**self.split, "train": train})

    def describe(self) -> dict[str, Any]:
        """The files' names by split and a hash of their contents."""
        return {
            "kind": "photo",
            "digest": self._digest,
            **{
                name: [printable(path.name) for path in paths] for name, paths in self.split.items()
            },
        }


def _colour_matrix(rng: np.random.Generator) -> Float32[np.ndarray, "3 4"]:
    """Channels exchanged half the time, saturation 0.4..1.1, gain 0.8..1.2 each, offset ±20."""
    u = rng.random(5)
    saturation = 0.4 + 0.7 * u[0]
    mixing = saturation * _CHANNEL_ORDERS[rng.integers(10)] + (1 - saturation) / 3
    matrix = np.empty((3, 4), np.float32)
    matrix[:, :3] = mixing * (0.8 + 0.4 * u[1:4, None])
    matrix[:, 3] = 40 * u[4] - 20
    return matrix


@functools.lru_cache(maxsize=_CACHED)
def _levels(path: Path, size: int) -> tuple[UInt8[np.ndarray, "h w 3"], ...]:
    """The photograph, and copies each smaller by 2^¼, down to a shorter side of `size` pixels.

    So a crop at a random scale is a copy of pixels: resizing each crop would cost as much as all
    the rest of a scene.
    """
    photograph = read_picture(path, at_least=max(size, _LARGEST_SIDE))
    shorter = min(photograph.shape[:2])
    largest = max(size, min(shorter, _LARGEST_SIDE))
    steps = math.floor(4 * math.log2(largest / size))
    return tuple(_scaled(photograph, largest * 2 ** (-step / 4)) for step in range(steps + 1))


def _scaled(photograph: np.ndarray, shorter_side: float) -> np.ndarray:
    height, width = photograph.shape[:2]
    scale = shorter_side / min(height, width)
    if scale == 1:
        return photograph
    return cv2.resize(
        photograph,
        (round(width * scale), round(height * scale)),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )


def _digest(path: Path) -> bytes:
    """The SHA-256 of a photograph that can be drawn from; only one that looks cut off is decoded.

    Raises:
        DataError: it cannot.
    """
    try:
        digest = file_digest(path)
        picture_header(path)
        if seems_cut_off(path):
            read_picture(path)
    except OSError as error:
        raise DataError(
            f"{printable(path)}: cannot be read ({error.strerror}); {_WAY_OUT}"
        ) from error
    except DataError as error:
        raise DataError(f"{error}; {_WAY_OUT}") from error
    return digest
