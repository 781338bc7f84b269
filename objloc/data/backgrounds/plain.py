"""Backgrounds of one colour."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from objloc.data.dataset import SplitName


class PlainBackground:
    """The same grey level everywhere: 0 is black, 255 white."""

    def __init__(self, level: int) -> None:
        self.level = level

    def draw(
        self, split: SplitName, size: int, rng: np.random.Generator
    ) -> UInt8[np.ndarray, "size size 3"]:
        """Draws nothing from `rng`."""
        return np.full((size, size, 3), self.level, np.uint8)

    def files(self, split: SplitName) -> tuple[Path, ...]:
        """None: it is computed."""
        return ()

    def without(self, files: Collection[Path]) -> "PlainBackground":
        """The same."""
        return self

    def describe(self) -> dict[str, Any]:
        """The level."""
        return {"kind": "plain", "level": self.level}
