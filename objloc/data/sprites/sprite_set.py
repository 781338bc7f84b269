"""What a scene asks of a set of sprites."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8


@runtime_checkable
class SpriteSet(Protocol):
    """Objects of several classes that can be drawn at a random size."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the labels."""
        ...

    @property
    def digest(self) -> str:
        """Changes when the pixels of a sprite may change."""
        ...

    def draw(self, label: int, rng: np.random.Generator) -> UInt8[np.ndarray, "h w 4"]:
        """One object of the class, RGBA with premultiplied alpha; not to be written to."""
        ...

    def draw_sized(
        self, label: int, size: int, rng: np.random.Generator
    ) -> UInt8[np.ndarray, "h w 4"]:
        """What `draw` would show with this `rng`, but with a longer side of `size` pixels.

        Any size, also one that `draw` never shows; nothing of the object may be left to see then.
        """
        ...

    def turned_extent(self) -> tuple[int, str]:
        """Side of the square in which every sprite can be rotated uncut, and whose sprite it is."""
        ...
