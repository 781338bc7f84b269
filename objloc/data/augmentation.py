"""The random changes that belong to a scene's distribution, made by albumentations' transforms."""

import os
import random
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from jaxtyping import UInt8

from objloc.errors import ConfigError

# albumentations looks for updates online when it is imported. Hydra resolves `Augmentation`, and so
# comes by here, before it imports the transforms that are its arguments.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

# These map the canvas onto itself: a sprite needs no room around it to be turned by them.
_KEEPS_CANVAS = frozenset(
    {"D4", "HorizontalFlip", "NoOp", "RandomRotate90", "Transpose", "VerticalFlip"}
)


class Augmentation:
    """Geometric transforms of the sprite alone, and photometric ones of the whole picture.

    They are albumentations' own objects, but are called one after the other without `Compose`,
    whose box handling costs more than the transforms: a box is measured on the sprite's alpha
    after the last geometric transform, and photometric ones don't move boxes.

    All transforms of a scene draw from one generator. (`Compose.set_random_seed` would give each
    the same seed: a horizontal and a vertical flip, each at p = 0.5, would only come together.)
    Read in albumentations 2.0.8: every transform draws from the `random_generator` and `py_random`
    that are set here, or from generators seeded by them.

    Args:
        sprite: geometric transforms (albumentations' `DualTransform`s, or compositions of them);
            they see an RGBA picture with premultiplied alpha, on a transparent canvas.
        image: photometric transforms (`ImageOnlyTransform`s, or compositions of them); they see
            the RGB scene.

    Raises:
        ConfigError: a transform stands in the wrong list or has an unknown argument.
    """

    def __init__(self, sprite: Iterable[Any] = (), image: Iterable[Any] = ()) -> None:
        self.sprite = tuple(sprite)
        self.image = tuple(image)
        if self.sprite or self.image:
            _check(self.sprite, self.image)
        self.needs_margin = any(
            type(leaf).__name__ not in _KEEPS_CANVAS for leaf in _leaves(self.sprite)
        )
        """Whether a sprite needs room around it, so that a rotation doesn't cut it."""

    def transform_sprite(
        self, rgba: UInt8[np.ndarray, "h w 4"], rng: np.random.Generator
    ) -> UInt8[np.ndarray, "h2 w2 4"]:
        """Applies the geometric transforms to a sprite on its canvas."""
        return _apply(self.sprite, rgba, rng)

    def transform_image(
        self, image: UInt8[np.ndarray, "h w 3"], rng: np.random.Generator
    ) -> UInt8[np.ndarray, "h w 3"]:
        """Applies the photometric transforms to a scene."""
        return _apply(self.image, image, rng)

    def describe(self) -> dict[str, list[Any]]:
        """The transforms with their ranges, ready for JSON."""
        return {
            "sprite": [transform.to_dict_private() for transform in self.sprite],
            "image": [transform.to_dict_private() for transform in self.image],
        }


def _apply(
    transforms: tuple[Any, ...], picture: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    if not transforms:
        return picture
    py_random = random.Random(int(rng.integers(2**63)))
    for transform in transforms:
        transform.set_random_state(rng, py_random)
        picture = transform(image=picture)["image"]
    return picture


def _leaves(transforms: Iterable[Any]) -> Iterator[Any]:
    """Single transforms, those inside OneOf, Sequential and the like included."""
    for transform in transforms:
        if hasattr(transform, "transforms"):
            yield from _leaves(transform.transforms)
        else:
            yield transform


def _check(sprite: tuple[Any, ...], image: tuple[Any, ...]) -> None:
    import albumentations  # 0.9 s: only where there are transforms

    for key, transforms, kind, other in (
        ("sprite", sprite, albumentations.DualTransform, "image"),
        ("image", image, albumentations.ImageOnlyTransform, "sprite"),
    ):
        for leaf in _leaves(transforms):
            name = type(leaf).__name__
            if not isinstance(leaf, albumentations.BasicTransform):
                raise ConfigError(f"augment.{key}: {leaf!r} is no albumentations transform")
            if not isinstance(leaf, kind):
                what = "geometric" if key == "sprite" else "photometric"
                raise ConfigError(
                    f"augment.{key}: {name} is not {what}; list it under augment.{other}"
                )
            if leaf.invalid_args:
                raise ConfigError(
                    f"augment.{key}: {name} has no argument {', '.join(leaf.invalid_args)}"
                )
