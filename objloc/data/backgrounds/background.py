"""What a scene asks of a background."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from objloc.data.dataset import SplitName


@runtime_checkable
class Background(Protocol):
    """Pictures to paste sprites on; no two splits are given a crop of the same picture."""

    def draw(
        self, split: SplitName, size: int, rng: np.random.Generator
    ) -> UInt8[np.ndarray, "size size 3"]:
        """A fresh RGB picture that the caller may write to."""
        ...

    def files(self, split: SplitName) -> tuple[Path, ...]:
        """The picture files that a split is given crops of; none where it is all computed."""
        ...

    def without(self, files: Collection[Path]) -> "Background":
        """The same, but training is given none of these files."""
        ...

    def describe(self) -> dict[str, Any]:
        """What it is, and which pictures belong to which split, ready for JSON."""
        ...
