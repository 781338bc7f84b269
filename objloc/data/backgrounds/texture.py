"""Procedural textures: an endless supply of backgrounds that no split can share."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import UInt8

from objloc.data.dataset import SplitName


class TextureBackground:
    """Clouds, gradients, stripes, checks and grain in random colours and sizes."""

    def draw(
        self, split: SplitName, size: int, rng: np.random.Generator
    ) -> UInt8[np.ndarray, "size size 3"]:
        """One kind, chosen at random."""
        return _KINDS[rng.integers(len(_KINDS))](size, rng)

    def files(self, split: SplitName) -> tuple[Path, ...]:
        """None: it is computed."""
        return ()

    def without(self, files: Collection[Path]) -> "TextureBackground":
        """The same."""
        return self

    def describe(self) -> dict[str, Any]:
        """The kinds."""
        return {"kind": "texture", "textures": [kind.__name__.strip("_") for kind in _KINDS]}


def _noise(cells: int, size: int, rng: np.random.Generator, interpolation: int) -> np.ndarray:
    """Random colours on a cells × cells grid, blown up to size × size."""
    grid = rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
    return cv2.resize(grid, (size, size), interpolation=interpolation)


def _clouds(size: int, rng: np.random.Generator) -> np.ndarray:
    coarse, fine = int(rng.integers(2, 8)), int(rng.integers(8, 33))
    weight = float(rng.uniform(0.15, 0.5))
    return cv2.addWeighted(
        _noise(coarse, size, rng, cv2.INTER_CUBIC),
        1 - weight,
        _noise(fine, size, rng, cv2.INTER_LINEAR),
        weight,
        0,
    )


def _gradient(size: int, rng: np.random.Generator) -> np.ndarray:
    return _noise(2, size, rng, cv2.INTER_LINEAR)


def _grain(size: int, rng: np.random.Generator) -> np.ndarray:
    cells = max(2, size // int(rng.integers(2, 6)))
    weight = float(rng.uniform(0.2, 0.6))
    return cv2.addWeighted(
        _gradient(size, rng), 1 - weight, _noise(cells, size, rng, cv2.INTER_LINEAR), weight, 0
    )


def _phase(size: int, rng: np.random.Generator) -> UInt8[np.ndarray, "size size"]:
    """A plane wave in a random direction: 0..255 is one period of 6 px up to half the picture."""
    angle, period = rng.uniform(0, 2 * np.pi), np.exp(rng.uniform(np.log(6), np.log(size / 2)))
    # 16-bit fixed point that wraps around by itself; the upper byte is the phase.
    step_x, step_y = (int(65536 * f(angle) / period) for f in (np.cos, np.sin))
    start = int(rng.integers(65536))
    pixels = np.arange(size)
    row = (pixels * step_x + start).astype(np.uint16)
    column = (pixels * step_y).astype(np.uint16)
    return ((column[:, None] + row[None, :]) >> 8).astype(np.uint8)


def _colour(phase: np.ndarray, rng: np.random.Generator, hard: bool) -> np.ndarray:
    """Maps 0..255 to two random colours, by a smooth wave or with hard edges."""
    ramp = np.arange(256)
    share = (ramp >= 128) if hard else (1 - np.cos(ramp * (2 * np.pi / 256))) / 2
    first, second = rng.integers(0, 256, (2, 1, 3))
    table = first + (second - first) * share[:, None]
    return cv2.applyColorMap(phase, table.astype(np.uint8).reshape(256, 1, 3))


def _stripes(size: int, rng: np.random.Generator) -> np.ndarray:
    return _colour(_phase(size, rng), rng, hard=bool(rng.integers(2)))


def _checks(size: int, rng: np.random.Generator) -> np.ndarray:
    return _colour(_phase(size, rng) ^ _phase(size, rng), rng, hard=True)


_KINDS: tuple[Callable[[int, np.random.Generator], np.ndarray], ...] = (
    _clouds,
    _gradient,
    _grain,
    _stripes,
    _checks,
)
