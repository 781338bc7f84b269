"""The scenes of one split, each a pure function of (seed, split, epoch, index)."""

import numpy as np
from jaxtyping import UInt8

from objloc.data.augmentation import Augmentation
from objloc.data.backgrounds import Background
from objloc.data.dataset import SplitName
from objloc.data.sample import Sample
from objloc.data.scene import Placement, paste, visible_box
from objloc.data.scene_layout import DrawnObject, place_one, place_several
from objloc.data.sprites import SpriteSet
from objloc.data.turning import transformed

_SPLIT_IDS: dict[SplitName, int] = {"train": 0, "val": 1, "test": 2}


class SceneSource:
    """Scenes made on demand.

    A scene is drawn in this order, so that what comes later never changes what came before: is
    there an object; how many, if there may be several; of each its class, sprite and size, its
    geometric transforms, its place; the background; the photometric transforms of the whole.
    Objects are pasted, and stand in the sample, in the order in which they are drawn.

    Args:
        sprites: what to show.
        background: what to show it on.
        augment: geometric and photometric transforms.
        split: validation and test stay at epoch 0, whatever epoch is asked for.
        length: scenes in an epoch.
        image_size: side of the scene in pixels.
        absent: probability that a scene is empty.
        max_objects: a scene that is not empty is given 1 to so many objects, all numbers being
            equally likely; those that find no place are left out.
        max_overlap: the largest share of an object's visible pixels that later ones may hide.
        seed: not negative.
    """

    def __init__(
        self,
        *,
        sprites: SpriteSet,
        background: Background,
        augment: Augmentation,
        split: SplitName,
        length: int,
        image_size: int,
        absent: float,
        max_objects: int,
        max_overlap: float,
        seed: int,
    ) -> None:
        self.sprites = sprites
        self.background = background
        self.augment = augment
        self.split = split
        self.length = length
        self.image_size = image_size
        self.absent = absent
        self.max_objects = max_objects
        self.max_overlap = max_overlap
        self.seed = seed

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the labels."""
        return self.sprites.class_names

    def __len__(self) -> int:
        """Scenes in an epoch."""
        return self.length

    def sample(self, epoch: int, index: int) -> Sample:
        """Makes a scene.

        Raises:
            IndexError: `index` is not in 0 .. len - 1.
        """
        if not 0 <= index < self.length:
            raise IndexError(f"{self.split} split: no scene {index} in an epoch of {self.length}")
        if self.split != "train":
            epoch = 0
        entropy = (self.seed, _SPLIT_IDS[self.split], epoch, index)
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

        placements = [] if rng.random() < self.absent else self._place(rng)
        image = self.background.draw(self.split, self.image_size, rng)
        for placement in placements:
            paste(image, placement.patch, placement.left, placement.top)
        image = self.augment.transform_image(image, rng)

        boxes = np.array([p.box for p in placements], np.float32).reshape(-1, 4)
        return Sample(
            image=image,
            boxes=boxes,
            labels=np.array([p.label for p in placements], np.int32),
            ignore=np.zeros(len(placements), bool),
            area=(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]),
            image_id=epoch * self.length + index,
            size=(self.image_size, self.image_size),
        )

    def _place(self, rng: np.random.Generator) -> list[Placement]:
        # Nothing is drawn for a number that is certain: scenes of one object stay what they were.
        count = 1 if self.max_objects == 1 else int(rng.integers(1, self.max_objects + 1))
        if count == 1:
            return [place_one(self._draw(rng), self.image_size, rng)]
        objects = (self._draw(rng) for _ in range(count))
        return place_several(objects, self.image_size, self.max_overlap, rng)

    def _draw(self, rng: np.random.Generator) -> DrawnObject:
        label = int(rng.integers(len(self.class_names)))
        return self.transformed(label, self.sprites.draw(label, rng), rng)

    def transformed(
        self, label: int, drawn: UInt8[np.ndarray, "h w 4"], rng: np.random.Generator
    ) -> DrawnObject:
        """A sprite of the class after the geometric transforms that objects of a scene undergo."""
        patch = transformed(drawn, self.augment, rng)
        box = visible_box(patch)
        if box is None or max(box[2] - box[0], box[3] - box[1]) > self.image_size:
            # A transform may leave nothing to see, or more than fits: then the sprite stays as is.
            patch, box = drawn, visible_box(drawn)
        assert box is not None, "sprites are checked to be visible when they are loaded"
        return DrawnObject(patch, label, box)
