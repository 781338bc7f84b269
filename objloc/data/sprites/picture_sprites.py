"""Sprites that are pictures: of files or of a font's glyphs."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import UInt8

from objloc.data.sprites.sprite import Sprite


class PictureSprites:
    """Classes with one or more pictures each; all of a class are equally likely.

    Args:
        sprites: the sprites of each class; the order is that of the labels.
        min_size: smallest longer side in pixels.
        max_size: largest longer side in pixels; sizes between are equally likely.
        digest: hash of what the sprites were made from.
    """

    def __init__(
        self, sprites: Mapping[str, Sequence[Sprite]], min_size: int, max_size: int, digest: str
    ) -> None:
        self.class_names = tuple(sprites)
        self.min_size = min_size
        self.max_size = max_size
        self.digest = digest
        self._sprites = tuple(tuple(sprites[name]) for name in self.class_names)

    def draw(self, label: int, rng: np.random.Generator) -> UInt8[np.ndarray, "h w 4"]:
        """A picture of the class at a random size; not to be written to."""
        sprite = self._choose(label, rng)
        return sprite.scaled(int(rng.integers(self.min_size, self.max_size + 1)))

    def draw_sized(
        self, label: int, size: int, rng: np.random.Generator
    ) -> UInt8[np.ndarray, "h w 4"]:
        """The picture that `draw` would show, with a longer side of `size` pixels."""
        return self._choose(label, rng).scaled(size)

    def turned_extent(self) -> tuple[int, str]:
        """The sprite that needs the most room to turn, and its name."""
        return max(
            (sprite.turned_extent(), sprite.name) for sprites in self._sprites for sprite in sprites
        )

    def _choose(self, label: int, rng: np.random.Generator) -> Sprite:
        sprites = self._sprites[label]
        return sprites[0] if len(sprites) == 1 else sprites[rng.integers(len(sprites))]
