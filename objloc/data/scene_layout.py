"""Where the objects of a scene go, so that none hides too much of another."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8

from objloc.data.scene import VISIBLE_ALPHA, Box, Placement

TRIES = 20
"""Places that are tried for an object before it is left out."""


class DrawnObject(NamedTuple):
    """A sprite that has no place yet.

    Attributes:
        patch: RGBA, alpha premultiplied.
        label: index into the class names.
        box: x1, y1, x2, y2 of the visible pixels in the patch.
    """

    patch: UInt8[np.ndarray, "h w 4"]
    label: int
    box: Box


def place_one(drawn: DrawnObject, side: int, rng: np.random.Generator) -> Placement:
    """Puts an object anywhere in a square scene; all places are equally likely.

    Its visible pixels are wholly inside. Draws two numbers from `rng`.
    """
    x1, y1, x2, y2 = drawn.box
    width, height = x2 - x1, y2 - y1
    left = int(rng.integers(side - width + 1))
    top = int(rng.integers(side - height + 1))
    return Placement(
        patch=drawn.patch,
        left=left - x1,
        top=top - y1,
        label=drawn.label,
        box=(left, top, left + width, top + height),
    )


def place_several(
    objects: Iterable[DrawnObject], side: int, max_overlap: float, rng: np.random.Generator
) -> list[Placement]:
    """Puts objects over each other, each at the first place tried that hides too much of none.

    An object that finds no such place in `TRIES` is left out: the larger it is and the fuller the
    scene, the likelier. The first one always finds one.

    Args:
        objects: in the order in which they are pasted; each is drawn after the one before it was
            placed.
        side: of the scene in pixels.
        max_overlap: the largest share of an object's visible pixels that all later ones together
            may hide; at least one pixel is left in any case.
        rng: decides the places.

    Returns:
        The objects that found a place, in the order in which they are to be pasted. Their boxes
        are those of the pixels that remain visible when all are.
    """
    layout = _Layout(side, max_overlap)
    for drawn in objects:
        for _ in range(TRIES):
            if layout.add(place_one(drawn, side, rng)):
                break
    return layout.visible_placements()


class _Layout:
    """Keeps whose object each pixel of the scene shows."""

    def __init__(self, side: int, max_overlap: float) -> None:
        self._max_overlap = max_overlap
        self._placements: list[Placement] = []
        # 0 is the background, i + 1 object i.
        self._shown = np.zeros((side, side), np.intp)
        self._pixels: list[int] = []  # visible pixels of each object when nothing is over it
        self._hidden: list[int] = []  # how many of these are under later objects

    def add(self, placement: Placement) -> bool:
        """Takes the object in unless it would hide too much of one below it."""
        x1, y1, x2, y2 = placement.box
        mask = _visible(placement)
        under = self._shown[y1:y2, x1:x2]
        covered = np.bincount(under[mask])
        below = np.flatnonzero(covered[1:])
        for number in below:
            hidden = self._hidden[number] + int(covered[number + 1])
            if hidden == self._pixels[number] or hidden / self._pixels[number] > self._max_overlap:
                return False
        for number in below:
            self._hidden[number] += int(covered[number + 1])
        self._placements.append(placement)
        self._pixels.append(int(covered.sum()))
        self._hidden.append(0)
        under[mask] = len(self._placements)
        return True

    def visible_placements(self) -> list[Placement]:
        """What was taken in, its boxes those of what is still seen of it."""
        return [
            placement._replace(box=self._seen_box(number, placement.box)) if hidden else placement
            for number, (placement, hidden) in enumerate(
                zip(self._placements, self._hidden, strict=True), start=1
            )
        ]

    def _seen_box(self, number: int, box: Box) -> Box:
        x1, y1, x2, y2 = box
        seen = self._shown[y1:y2, x1:x2] == number
        columns, rows = np.flatnonzero(seen.any(axis=0)), np.flatnonzero(seen.any(axis=1))
        return (
            x1 + int(columns[0]),
            y1 + int(rows[0]),
            x1 + int(columns[-1]) + 1,
            y1 + int(rows[-1]) + 1,
        )


def _visible(placement: Placement) -> Bool[np.ndarray, "h w"]:
    """The visible pixels inside the placement's box."""
    x1, y1, x2, y2 = placement.box
    left, top = placement.left, placement.top
    return placement.patch[y1 - top : y2 - top, x1 - left : x2 - left, 3] >= VISIBLE_ALPHA
