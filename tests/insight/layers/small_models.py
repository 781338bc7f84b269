"""Small models with every head, and one whose layers are known to the last weight."""

from collections.abc import Sequence

import keras
import numpy as np

from objloc.insight.layers.effective_field import EffectiveField
from objloc.models import Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads import Head
from objloc.models.heads.grid import Grid
from objloc.models.heads.regression import Regression
from objloc.models.heads.soft_argmax import SoftArgmax
from objloc.models.heads.ssd import SSD
from objloc.models.heads.yolo import Yolo

SIDE = 48
HEADS = ("grid", "yolo", "ssd", "soft_argmax", "regression")


def head_of(name: str) -> Head:
    made: dict[str, Head] = {
        "grid": Grid(2, stride=8, width=8, bins=4),
        "yolo": Yolo(2, [4, 8], width=8, bins=4),
        "ssd": SSD(2, [4, 8], width=8, aspect_ratios=[1.0]),
        "soft_argmax": SoftArgmax(2, stride=4, width=8, look_stride=8, look_width=8),
        "regression": Regression(2, hidden=[8]),
    }
    return made[name]


def small(head: Head, side: int = SIDE, blocks: Sequence[int] = (0, 1, 0)) -> Localizer:
    """Random weights; the backbone's strides are 2, 4 and 8."""
    keras.utils.set_random_seed(3)
    return Localizer(convolutional(side, [6, 8, 8], blocks), head, ["a", "b"], side)


def of_layers(layers: Sequence[keras.layers.Layer], side: int) -> Localizer:
    """A backbone of these layers, one after the other, under a head that takes means."""
    images = keras.Input((side, side, 3), name="images")
    x = images
    for layer in layers:
        x = layer(x)
    return Localizer(
        keras.Model(images, {"1": x}), Regression(1, reading="pool", stride=1), ["a"], side
    )


def noise(count: int, side: int = SIDE, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3)).astype(np.uint8)


def is_inside(field: EffectiveField, box: np.ndarray) -> bool:
    """Whether nothing outside of a box, xyxy in whole pixels, counts at all."""
    x1, y1, x2, y2 = box.astype(int)
    outside = np.ones(field.values.shape, bool)
    outside[y1:y2, x1:x2] = False
    return not field.values[outside].any()
