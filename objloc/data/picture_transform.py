"""Geometric transforms of a whole labelled picture, its boxes following."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

from objloc.boxes import area

_TRIES = 4
"""How often a transform may try again where it would leave none of a picture's objects."""

_ROW, _SHARE = 4, 5
"""Columns behind a box's x1, y1, x2, y2: its row in the input, the share of it that is left."""

Rows = Float64[np.ndarray, "n 6"]


class ClipBoxes:
    """Cuts boxes at the picture's edges and keeps account of how much of each is left.

    It has the form that albumentations' compositions ask of what they call after each of their
    transforms: a box that left the picture must not come back by the next one.
    """

    data_fields = ("bboxes",)

    def filter(self, boxes: np.ndarray, shape: object) -> Rows:
        """Rows (x1, y1, x2, y2 as shares of width and height, row, share left) after clipping."""
        clipped = np.asarray(boxes, np.float64).copy()
        clipped[:, :4] = clipped[:, :4].clip(0, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            left = area(clipped) / area(np.asarray(boxes))
        clipped[:, _SHARE] *= np.nan_to_num(left, nan=0, posinf=0)
        return clipped


_CLIP = ClipBoxes()


def transform_picture(
    transforms: Sequence[Any],
    image: UInt8[np.ndarray, "h w 3"],
    boxes: Float32[np.ndarray, "n 4"],
    rng: np.random.Generator,
    min_visible: float,
) -> tuple[UInt8[np.ndarray, "h2 w2 3"], Float32[np.ndarray, "m 4"], Int64[np.ndarray, " m"]]:
    """Calls albumentations' transforms one after the other; see `Augmentation.transform_picture`.

    Between two transforms boxes stand as albumentations holds them inside (xyxy, divided by width
    and height), so that no transform need know what came before. Columns that follow a box's four
    go through every transform untouched; they tell which boxes are left.
    """
    height, width = image.shape[:2]
    rows = np.ones((len(boxes), 6))
    rows[:, :4] = boxes / np.array([width, height] * 2, np.float64)
    rows[:, _ROW] = np.arange(len(boxes))
    py_random = random.Random(int(rng.integers(2**63)))
    for transform in transforms:
        transform.set_random_state(rng, py_random)
        image, rows = _step(transform, image, rows, min_visible)
    height, width = image.shape[:2]
    pixels = (rows[:, :4] * np.array([width, height] * 2, np.float64)).astype(np.float32)
    return image, pixels, rows[:, _ROW].astype(np.int64)


def is_composition(transform: Any) -> bool:
    """Whether it is made of other transforms (`OneOf`, `Sequential`, …)."""
    import albumentations  # 0.9 s: only where there are transforms

    return isinstance(transform, albumentations.BaseCompose)


def clip_inside(transform: Any) -> None:
    """Makes a composition clip boxes after each of its transforms; others are left alone."""
    if is_composition(transform):
        transform.check_each_transform = (_CLIP,)
        for part in transform.transforms:
            clip_inside(part)


def _step(
    transform: Any, image: np.ndarray, rows: np.ndarray, min_visible: float
) -> tuple[np.ndarray, np.ndarray]:
    """One transform; it is left out if it removes every object as often as it tries."""
    for _ in range(_TRIES):
        answer = transform(image=image, bboxes=rows)
        clipped = _CLIP.filter(answer["bboxes"], answer["image"].shape)
        visible = clipped[(clipped[:, _SHARE] >= min_visible) & (area(clipped) > 0)]
        if len(visible) or not len(rows):
            return answer["image"], visible
    return image, rows
