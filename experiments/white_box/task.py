"""What is to be found: the scenes of the study."""

from experiments.white_box.moved_scenes import MovedScenes
from experiments.white_box.size import Size
from objloc.config import allow, build, compose
from objloc.data import Scenes

SIDE = 64
"""Of every scene, in pixels."""

SMALLEST, LARGEST = 4, 42
"""Sides of the rectangles in pixels; the larger ones fill the right two thirds just so."""

LEFT_THIRD = 22
"""Columns before this one are the left third, in which some models never see an object."""

SMALL = 20
"""The longest side of rectangles that fit into the left third."""

CLASSES = ("mopple", "quillo", "tarnip")
"""Of the second case."""


def rectangles(size: Size, largest: int = LARGEST) -> Scenes:
    """White rectangles on black, anywhere.

    Args:
        size: of the splits.
        largest: their longest side in pixels.
    """
    return Scenes(
        sprites="rectangles",
        background="black",
        image_size=SIDE,
        min_size=SMALLEST,
        max_size=largest,
        train_size=size.scenes,
        val_size=size.held_out,
        test_size=size.held_out,
    )


def on_the_right(scenes: Scenes) -> MovedScenes:
    """The same, wholly inside the right two thirds."""
    return MovedScenes(scenes, LEFT_THIRD, SIDE)


def on_the_left(scenes: Scenes) -> MovedScenes:
    """The same, wholly inside the left third."""
    return MovedScenes(scenes, 0, LEFT_THIRD)


def creatures(size: Size) -> Scenes:
    """The experiment `multiclass`, at half its size: creatures on photographs, or nothing."""
    words = [
        "+experiment=multiclass",
        f"dataset.image_size={SIDE}",
        "dataset.min_size=14",
        "dataset.max_size=36",
        f"dataset.train_size={size.creatures}",
        f"dataset.val_size={size.held_out}",
        f"dataset.test_size={size.held_out}",
    ]
    config = compose(words).config
    with allow(config.allowed_targets):
        return build(config.dataset, augment=build(config.augment), seed=config.seed)
