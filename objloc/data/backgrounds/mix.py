"""Several kinds of background in one dataset."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from objloc.data.backgrounds.background import Background
from objloc.data.dataset import SplitName


class MixedBackground:
    """Each scene's background comes from one of the parts, all equally likely."""

    def __init__(self, parts: Sequence[Background]) -> None:
        self.parts = tuple(parts)

    def draw(
        self, split: SplitName, size: int, rng: np.random.Generator
    ) -> UInt8[np.ndarray, "size size 3"]:
        """A picture of one of the parts."""
        return self.parts[rng.integers(len(self.parts))].draw(split, size, rng)

    def files(self, split: SplitName) -> tuple[Path, ...]:
        """Those of all parts."""
        return tuple(path for part in self.parts for path in part.files(split))

    def without(self, files: Collection[Path]) -> "MixedBackground":
        """The parts without them."""
        return MixedBackground([part.without(files) for part in self.parts])

    def describe(self) -> dict[str, Any]:
        """The parts."""
        return {"kind": "mix", "parts": [part.describe() for part in self.parts]}
