"""Makes scenes of a dataset with one thing about them chosen and the rest drawn as always."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import UInt8

from objloc.data.backgrounds import Background
from objloc.data.dataset import SplitName
from objloc.data.scene import VISIBLE_ALPHA, paste, visible_box
from objloc.data.scene_layout import DrawnObject
from objloc.data.scenes import Scenes
from objloc.data.sprites import SpriteSet
from objloc.data.turning import turned
from objloc.errors import ConfigError
from objloc.insight.probes.shown import Shown

_PROBES = 3
"""Stands where a scene's random numbers have its split, 0 to 2: no split shows a probe's scene."""

Purpose = Literal["object", "transform", "place", "background", "condition", "size"]
_PURPOSES: Mapping[Purpose, int] = {
    "object": 0,
    "transform": 1,
    "place": 2,
    "background": 3,
    "condition": 4,
    "size": 5,
}

_DRAWN_FOR_MEAN = 16


class SceneStage:
    """Scenes with one object, each part of which has random numbers of its own.

    Base scene i is one object (class, sprite, size, geometric transforms), one place and one
    background, drawn as the dataset draws them. Whoever sets one of these leaves the others as they
    are, so that scene i differs between two values of a condition in that condition alone (common
    random numbers: differences between values are no luck of the draw). The dataset's photometric
    transforms are left out: probes of noise, blur and the like bring their own, and 0 is to mean
    none.

    Args:
        scenes: the dataset.
        class_names: the model's; objects of other classes are not shown.
        split: whose photographs stand behind the scenes.
        seed: the same seed makes the same scenes; not negative.

    Raises:
        ConfigError: the model knows none of the classes.
    """

    def __init__(
        self,
        scenes: Scenes,
        class_names: Sequence[str],
        *,
        split: SplitName = "test",
        seed: int = 0,
    ) -> None:
        self.scenes = scenes
        self.seed = seed
        self.split = split
        self.facts: dict[str, Any] = scenes.describe()
        self.smallest, self.largest = self.facts["min_size"], self.facts["max_size"]
        """Sizes that the dataset draws, in pixels."""
        self._source = scenes.split(split)
        self.side = self._source.image_size
        """Of the square scenes, in pixels."""
        self.background: Background = self._source.background
        theirs = scenes.class_names
        self._labels = [label for label, name in enumerate(theirs) if name in class_names]
        if not self._labels:
            raise ConfigError(
                f"the model knows none of the classes of the scenes ({', '.join(theirs)}); probe "
                "it on scenes of its own classes"
            )
        self._model_labels = {one: list(class_names).index(theirs[one]) for one in self._labels}

    @property
    def largest_tried(self) -> int:
        """The largest size that is drawn sharp: half as large again as the dataset's."""
        return min(self.side, round(1.5 * self.largest))

    def random(self, index: int, purpose: Purpose) -> np.random.Generator:
        """The random numbers of one part of a base scene, from their start."""
        entropy = (self.seed, _PROBES, index, _PURPOSES[purpose])
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def drawn(
        self, index: int, *, size: int | None = None, degrees: float | int | None = None
    ) -> DrawnObject | None:
        """The object of a base scene; None where nothing of it would be seen.

        Args:
            index: of the scene.
            size: longer side in pixels, before it is turned; None for one drawn by lot.
            degrees: turned so far anticlockwise, and not transformed otherwise; None for the
                dataset's own geometric transforms.
        """
        rng = self.random(index, "object")
        label = self._labels[int(rng.integers(len(self._labels)))]
        if size is None:
            rgba = self._source.sprites.draw(label, rng)
        else:
            rgba = self._any_size.draw_sized(label, size, rng)
        if degrees is not None:
            rgba = turned(rgba, degrees)
        box = visible_box(rgba)
        if box is None:
            return None
        if degrees is not None:
            return DrawnObject(rgba, label, box)
        return self._source.transformed(label, rgba, self.random(index, "transform"))

    def corner(self, index: int, drawn: DrawnObject) -> tuple[int, int]:
        """Left and top of the object's box where the base scene has it: any place is as likely."""
        width, height = sides(drawn)
        u_x, u_y = self.random(index, "place").random(2)
        return int(u_x * (self.side - width + 1)), int(u_y * (self.side - height + 1))

    def draw_background(
        self, index: int, background: Background | None = None
    ) -> UInt8[np.ndarray, "s s 3"]:
        """The background of a base scene, of the dataset's kind or of another."""
        kind = self.background if background is None else background
        return kind.draw(self.split, self.side, self.random(index, "background"))

    def scene(
        self,
        index: int,
        drawn: DrawnObject,
        *,
        corner: tuple[int, int] | None = None,
        background: UInt8[np.ndarray, "s s 3"] | None = None,
        opacity: float | int = 1.0,
    ) -> Shown:
        """A scene: the base scene's but for what is given.

        Args:
            index: of the scene.
            drawn: the object.
            corner: left and top of its box, in whole pixels; the box lies inside the scene.
            background: what it is put on; it is not written to.
            opacity: how far the object's pixels are from the background's to its own, 0..1. Its box
                is that of the whole object at any opacity.
        """
        left, top = self.corner(index, drawn) if corner is None else corner
        x1, y1, x2, y2 = drawn.box
        width, height = sides(drawn)
        image = self.draw_background(index) if background is None else background.copy()
        patch = drawn.patch
        if opacity < 1:
            patch = np.rint(patch * float(opacity)).astype(np.uint8)
        paste(image, patch, left - x1, top - y1)
        return Shown(
            image=image,
            box=np.array([left, top, left + width, top + height], np.float32),
            label=self._model_labels[drawn.label],
            visible=drawn.patch[y1:y2, x1:x2, 3] >= VISIBLE_ALPHA,
        )

    def base(self, index: int) -> Shown:
        """The base scene itself."""
        drawn = self.drawn(index)
        assert drawn is not None, "sprites of the dataset's sizes are visible"
        return self.scene(index, drawn)

    def empty(self, index: int) -> UInt8[np.ndarray, "s s 3"]:
        """The base scene without its object."""
        return self.draw_background(index)

    def small_size(self, index: int) -> int:
        """A size by lot from the smallest quarter of the dataset's: it has room for many places."""
        most = self.smallest + (self.largest - self.smallest) // 4
        return int(self.random(index, "size").integers(self.smallest, most + 1))

    @cached_property
    def plain(self) -> UInt8[np.ndarray, "s s 3"]:
        """A background of one colour: the mean of those of the first base scenes."""
        drawn = [self.draw_background(index) for index in range(_DRAWN_FOR_MEAN)]
        colour = np.rint(np.mean(drawn, axis=(0, 1, 2))).astype(np.uint8)
        return np.broadcast_to(colour, (self.side, self.side, 3)).copy()

    @cached_property
    def photographs(self) -> tuple[Path, ...]:
        """The split's photographs that stand behind the scenes."""
        return self.scenes.picture_files(self.split)

    @cached_property
    def _any_size(self) -> SpriteSet:
        return self.scenes.sprites_up_to(self.largest_tried)


def sides(drawn: DrawnObject) -> tuple[int, int]:
    """Width and height of an object's visible pixels."""
    x1, y1, x2, y2 = drawn.box
    return x2 - x1, y2 - y1
