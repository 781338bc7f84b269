"""The dataset of generated scenes."""

import copy
import functools
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from objloc.data.augmentation import Augmentation
from objloc.data.backgrounds import load_background
from objloc.data.batch_form import BatchForm
from objloc.data.dataset import SplitName
from objloc.data.scene_source import SceneSource
from objloc.data.sprites import RectangleSprites, SpriteSet, load_sprites
from objloc.errors import ConfigError, DataError

_GENERATOR_VERSION = 1
"""Part of the digest: raise it when the same config makes other scenes than before."""


class Scenes:
    """Sprites on backgrounds: fresh scenes in every training epoch, fixed ones for val and test.

    Args:
        sprites: a set that comes with objloc (`creatures`, `emoji`), `rectangles`, a folder of
            SVG, PNG or WebP files, or a font file.
        background: `black`, `white`, `texture`, `photo`, a folder of photographs, or several
            joined by `+`.
        image_size: side of the square scene in pixels.
        min_size: smallest longer side of a sprite in pixels, before rotation.
        max_size: largest longer side of a sprite in pixels, before rotation.
        absent: probability that a scene has no object.
        train_size: scenes in an epoch of the training split.
        val_size: scenes of the validation split.
        test_size: scenes of the test split.
        max_objects: a scene that is not empty holds 1 to so many objects, all numbers being equally
            likely. Later ones are pasted over earlier ones, and boxes are those of the pixels that
            remain visible. An object that finds no place in 20 tries, because the scene is full, is
            left out; one always remains.
        max_overlap: the largest share of an object's visible pixels that later ones may hide; 0:
            none hides any of another.
        classes: the classes to use, in the order of the labels; None for all.
        characters: with a font file, the characters to draw, or class names with their characters.
        augment: random transforms; part of the distribution, so they act on all splits.
        seed: the same seed makes the same scenes.

    Raises:
        ConfigError: a number is out of range, or numbers do not go together.
        DataError: a sprite or a background cannot be used.
    """

    def __init__(
        self,
        *,
        sprites: str,
        background: str = "black",
        image_size: int = 128,
        min_size: int = 24,
        max_size: int = 72,
        absent: float = 0.0,
        train_size: int = 10_000,
        val_size: int = 1_000,
        test_size: int = 2_000,
        max_objects: int = 1,
        max_overlap: float = 0.3,
        classes: Sequence[str] | None = None,
        characters: Sequence[str] | Mapping[str, str] | None = None,
        augment: Augmentation | None = None,
        seed: int = 0,
    ) -> None:
        _check_numbers(image_size, min_size, max_size, absent, seed)
        _check_several(max_objects, max_overlap)
        self.batch_form = BatchForm(image_size, max_objects)
        self._min_size, self._max_size = min_size, max_size
        self._absent = absent
        self._max_overlap = max_overlap
        self._sizes: dict[SplitName, int] = {
            "train": train_size,
            "val": val_size,
            "test": test_size,
        }
        for name, length in self._sizes.items():
            if length < 1:
                raise ConfigError(f"dataset.{name}_size is {length}; it must be at least 1")
        self._augment = augment if augment is not None else Augmentation()
        self._seed = seed
        self._sprites_from, self._background_from = sprites, background
        self._load = functools.partial(
            load_sprites, sprites, min_size=min_size, classes=classes, characters=characters
        )
        self._sprites = self._load(max_size=max_size)
        self._check_room()
        self._background = load_background(background)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the labels."""
        return self._sprites.class_names

    def split(self, name: SplitName) -> SceneSource:
        """The scenes of one split."""
        return SceneSource(
            sprites=self._sprites,
            background=self._background,
            augment=self._augment,
            split=name,
            length=self._sizes[name],
            image_size=self.batch_form.image_size,
            absent=self._absent,
            max_objects=self.batch_form.max_objects,
            max_overlap=self._max_overlap,
            seed=self._seed,
        )

    def sprites_up_to(self, size: int) -> SpriteSet:
        """The same sprites, sharp up to a longer side of `size` pixels."""
        sharp = size <= self._max_size or isinstance(self._sprites, RectangleSprites)
        return self._sprites if sharp else self._load(max_size=size)

    def picture_files(self, split: SplitName) -> tuple[Path, ...]:
        """The photographs behind the scenes of a split."""
        return self._background.files(split)

    def without_pictures(self, files: Collection[Path]) -> "Scenes":
        """The same scenes, but for photographs that the training split must not be given.

        Raises:
            DataError: that leaves none behind the scenes of training.
        """
        background = self._background.without(files)
        if background is self._background:
            return self
        scenes = copy.copy(self)
        scenes._background = background
        return scenes

    def describe(self) -> dict[str, Any]:
        """What the scenes are made of, ready for JSON, with a digest of all of it."""
        described: dict[str, Any] = {
            "kind": "scenes",
            "generator": _GENERATOR_VERSION,
            "sprites": self._sprites_from,
            "sprites_digest": self._sprites.digest,
            "class_names": list(self.class_names),
            "background": self._background_from,
            "background_pictures": self._background.describe(),
            "image_size": self.batch_form.image_size,
            "min_size": self._min_size,
            "max_size": self._max_size,
            "max_objects": self.batch_form.max_objects,
            "absent": self._absent,
            "train_size": self._sizes["train"],
            "val_size": self._sizes["val"],
            "test_size": self._sizes["test"],
            "augment": self._augment.describe(("sprite", "image")),
            "seed": self._seed,
        }
        if self.batch_form.max_objects > 1:
            described["max_overlap"] = self._max_overlap  # a single object hides no other
        text = json.dumps(described, sort_keys=True, default=str)
        described["digest"] = hashlib.sha256(text.encode()).hexdigest()
        return described

    def _check_room(self) -> None:
        if not self._augment.needs_margin:
            return
        extent, name = self._sprites.turned_extent()
        room = self.batch_form.image_size
        if extent > room:
            raise DataError(
                f"{name}: at {self._max_size} px and rotated it needs {extent} px, but the scene "
                f"has {room} px; lower dataset.max_size, raise dataset.image_size or "
                "choose an augment option without rotation"
            )


def _check_numbers(image_size: int, min_size: int, max_size: int, absent: float, seed: int) -> None:
    if min_size < 1:
        raise ConfigError(f"dataset.min_size is {min_size}; a sprite has at least 1 px")
    if max_size < min_size:
        raise ConfigError(
            f"dataset.max_size ({max_size}) is smaller than dataset.min_size ({min_size})"
        )
    if max_size > image_size:
        raise DataError(
            f"dataset.max_size: sprites of {max_size} px don't fit into scenes of {image_size} px; "
            "lower it or raise dataset.image_size"
        )
    if not 0 <= absent <= 1:
        raise ConfigError(f"dataset.absent is {absent}; it is a probability, 0 to 1")
    if seed < 0:
        raise ConfigError(f"seed is {seed}; it must not be negative")


def _check_several(max_objects: int, max_overlap: float) -> None:
    if max_objects < 1:
        raise ConfigError(f"dataset.max_objects is {max_objects}; it must be at least 1")
    if not 0 <= max_overlap <= 1:
        raise ConfigError(f"dataset.max_overlap is {max_overlap}; it is a share, 0 to 1")
