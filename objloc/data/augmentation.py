"""The random changes of scenes and of real pictures, made by albumentations' transforms."""

import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from objloc.data.batch_form import BatchForm
from objloc.data.boxed_picture import BoxedPicture
from objloc.data.combined_pictures import Combination
from objloc.data.picture_transform import clip_inside, is_composition, transform_picture
from objloc.errors import ConfigError

# albumentations looks for updates online when it is imported. Hydra resolves `Augmentation`, and so
# comes by here, before it imports the transforms that are its arguments.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

# These map the canvas onto itself: a sprite needs no room around it to be turned by them.
_KEEPS_CANVAS = frozenset(
    {"D4", "HorizontalFlip", "NoOp", "RandomRotate90", "Transpose", "VerticalFlip"}
)
# Measured in albumentations 2.0.8: what these leave as a box is not where the object is.
_MISPLACES_BOXES = {
    "RandomGridShuffle": "its boxes stay where they were; leave it out",
    "PiecewiseAffine": "its boxes are several pixels off; use ElasticTransform",
    "SafeRotate": "its boxes are half a pixel off; use Rotate or Affine",
}

ListName = Literal["sprite", "image", "picture"]


class Augmentation:
    """Geometric transforms of the sprite alone or of a real picture, and photometric ones of both.

    They are albumentations' own objects, but are called one after the other without `Compose`,
    whose box handling costs more than the transforms: a sprite's box is measured on its alpha
    after the last geometric transform, photometric transforms don't move boxes, and a real
    picture's boxes are handed to the transforms in the form that `Compose` would bring them to.

    All transforms of a sample draw from one generator. (`Compose.set_random_seed` would give each
    the same seed: a horizontal and a vertical flip, each at p = 0.5, would only come together.)
    Read in albumentations 2.0.8: every transform draws from the `random_generator` and `py_random`
    that are set here, or from generators seeded by them.

    Args:
        sprite: geometric transforms of generated scenes (albumentations' `DualTransform`s, or
            compositions of them); they see an RGBA picture with premultiplied alpha, on a
            transparent canvas.
        image: photometric transforms (`ImageOnlyTransform`s, or compositions of them); they see
            the whole scene, or the real picture after its geometric transforms.
        picture: geometric transforms of real pictures with their boxes.
        min_visible: an object of which a transform of `picture`, the edge of the square or that of
            a mosaic's tile leaves a smaller share of its box than this is no object of the picture
            any more.
        mosaic, mix_up, zoom, paste: see `Combination`; of real pictures. Scenes need none of them:
            their sprites have any size and place as it is.

    Raises:
        ConfigError: a transform stands in the wrong list or has an unknown argument, or a number
            is out of range.
    """

    def __init__(
        self,
        sprite: Iterable[Any] = (),
        image: Iterable[Any] = (),
        picture: Iterable[Any] = (),
        min_visible: float = 0.3,
        mosaic: float | int = 0.0,
        mix_up: float | int = 0.0,
        zoom: Sequence[float | int] | None = None,
        paste: int = 0,
    ) -> None:
        self.sprite = tuple(sprite)
        self.image = tuple(image)
        self.picture = tuple(picture)
        self.min_visible = min_visible
        for key, share in {"min_visible": min_visible, "mosaic": mosaic, "mix_up": mix_up}.items():
            if not 0 <= share <= 1:
                raise ConfigError(f"augment.{key} is {share}; it is a share, 0 to 1")
        if paste < 0:
            raise ConfigError(f"augment.paste is {paste}; it is a number of objects, 0 or more")
        self.combination = Combination(float(mosaic), float(mix_up), _scales(zoom), paste)
        """What is done to real pictures on the model's square."""
        if self.sprite or self.image or self.picture:
            _check({"sprite": self.sprite, "image": self.image, "picture": self.picture})
        for transform in self.picture:
            clip_inside(transform)
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
        """Applies the photometric transforms to a scene or a real picture."""
        return _apply(self.image, image, rng)

    def transform_picture(
        self,
        image: UInt8[np.ndarray, "h w 3"],
        boxes: Float32[np.ndarray, "n 4"],
        rng: np.random.Generator,
    ) -> tuple[UInt8[np.ndarray, "h2 w2 3"], Float32[np.ndarray, "m 4"], Int64[np.ndarray, " m"]]:
        """Applies the geometric transforms to a real picture and its boxes.

        A transform that would remove every object of a picture that has some tries again, and is
        left out if that doesn't help: a piece of an object may still show, and an empty picture
        would teach that nothing is there.

        Args:
            image: RGB.
            boxes: xyxy in pixels, edges continuous (see `Sample`); inside the picture.
            rng: decides everything.

        Returns:
            The picture; the boxes that are left, clipped to it; and for each of these the row of
            `boxes` it came from. (A border mode that mirrors the picture may show an object twice;
            then its row stands twice.)
        """
        if not self.picture:
            return image, boxes, np.arange(len(boxes))
        return transform_picture(self.picture, image, boxes, rng, self.min_visible)

    def draw_picture(
        self,
        read: Callable[[int], BoxedPicture],
        index: int,
        count: int,
        form: BatchForm,
        rng: np.random.Generator,
    ) -> BoxedPicture:
        """All that happens to a real training picture, the pictures it is combined with included.

        Each picture is transformed geometrically before it is zoomed or combined, so that those
        of a mosaic are mirrored and turned independently of one another, and no transform moves
        grey of the canvas into view. Photometric transforms follow, once for all that is combined
        and, where that lies on the model's square, on the very pixels that it is fed: four times as
        fast as on each picture, and noise is not averaged away by resampling.

        Args:
            read: gives a picture of the split, whose arrays are not written to.
            index: of the sample.
            count: pictures of the split.
            form: of the batch.
            rng: decides everything.
        """

        def turned(number: int) -> BoxedPicture:
            picture = read(number)
            # What was read stays what it is, whatever a transform or the caller does.
            moved = self.transform_picture(picture.image.copy(), picture.boxes, rng)
            return picture.changed(*moved)

        if self.combination:
            shown = self.combination.draw(turned, index, count, form, self.min_visible, rng)
        else:
            shown = turned(index)
        return replace(shown, image=self.transform_image(shown.image, rng))

    def describe(
        self, lists: Iterable[ListName] = ("sprite", "image", "picture")
    ) -> dict[str, Any]:
        """The transforms with their ranges, ready for JSON.

        Args:
            lists: those that act on the dataset that is described; of real pictures that is
                `image` and `picture` (and what combines them), of scenes `sprite` and `image`.
        """
        lists = tuple(lists)
        described: dict[str, Any] = {
            name: [transform.to_dict_private() for transform in getattr(self, name)]
            for name in lists
            # The list came later: what was described without it keeps its digest.
            if name != "picture" or self.picture
        }
        # So did these.
        combined = {name: value for name, value in asdict(self.combination).items() if value}
        if "picture" in lists:
            described |= combined
        if "picture" in described or combined.keys() & described.keys():
            described["min_visible"] = self.min_visible
        return described


def _scales(zoom: Sequence[float | int] | None) -> tuple[float, float] | None:
    if zoom is None:
        return None
    scales = tuple(zoom)
    if len(scales) != 2 or not 0 < scales[0] <= scales[1]:
        raise ConfigError(
            f"augment.zoom is {list(scales)}; it is the smallest and the largest scale, both above "
            "0, or null"
        )
    return float(scales[0]), float(scales[1])


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
        if is_composition(transform):
            yield from _leaves(transform.transforms)
        else:
            yield transform


def _check(lists: dict[ListName, tuple[Any, ...]]) -> None:
    import albumentations  # 0.9 s: only where there are transforms

    for key, transforms in lists.items():
        photometric = key == "image"
        kind = albumentations.ImageOnlyTransform if photometric else albumentations.DualTransform
        for leaf in _leaves(transforms):
            name = type(leaf).__name__
            if not isinstance(leaf, albumentations.BasicTransform):
                raise ConfigError(f"augment.{key}: {leaf!r} is no albumentations transform")
            if not isinstance(leaf, kind):
                what = "photometric" if photometric else "geometric"
                other = "augment.sprite or augment.picture" if photometric else "augment.image"
                raise ConfigError(f"augment.{key}: {name} is not {what}; list it under {other}")
            if leaf.invalid_args:
                raise ConfigError(
                    f"augment.{key}: {name} has no argument {', '.join(leaf.invalid_args)}"
                )
            if key == "picture":
                _check_boxes(leaf, name)


def _check_boxes(leaf: Any, name: str) -> None:
    """Refuses what misplaces boxes, or wants more than a picture and its boxes."""
    if "bboxes" not in leaf.available_keys:
        raise ConfigError(f"augment.picture: {name} cannot move boxes; leave it out")
    wrong = _MISPLACES_BOXES.get(name)
    if wrong is None and name == "Affine" and leaf.fit_output:
        wrong = "with fit_output its boxes are a pixel off; set fit_output to false"
    if wrong is not None:
        raise ConfigError(f"augment.picture: {name} is refused: {wrong}")
    missing = set(leaf.targets_as_params) - {"image", "bboxes"}
    if missing:
        raise ConfigError(
            f"augment.picture: {name} needs {', '.join(sorted(missing))}, which a picture with "
            "boxes doesn't have; leave it out"
        )
