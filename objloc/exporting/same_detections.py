"""Do two models say the same of a picture, but for rounding?

Rounding alone can change an answer where decoding decides: an overlap on either side of its limit,
two candidates of equal score, a list that is full. So the expected answer comes in several
versions: Keras' own, and those that NumPy decodes from Keras' candidates with each limit moved by
`NUDGE`. A detection must be there if every version has it, and may be there if any has it.

What is compared, picture by picture: the best detection, and all others with a score of `FLOOR`
or more, and more than decoding's own limit. Detections are the same if they have the same label,
scores that differ by `SCORE` at most, and boxes with an IoU of `IOU` at least (or corners that
differ by `CORNER` of the picture's side at most: boxes without an area have no IoU).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from objloc import boxes as box_geometry
from objloc.decoding import Decoding, decode

IOU = 0.999
SCORE = 1e-3
CORNER = 1e-5
FLOOR = 0.01
NUDGE = 1e-4
_MORE = 10
"""Detections beyond the limit that might as well have been in the list."""

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Difference:
    """How far a model's answers are from those expected.

    Attributes:
        box: largest distance between corners of detections that are the same, divided by the
            picture's side.
        iou: lowest IoU of such detections; 1 where there are none.
        score: largest difference of their scores.
        compared: how many there are.
        missing: detections that were expected and are not there.
        surplus: detections that are there and were not expected.
    """

    box: float = 0.0
    iou: float = 1.0
    score: float = 0.0
    compared: int = 0
    missing: int = 0
    surplus: int = 0

    @property
    def is_same(self) -> bool:
        """Whether nothing is missing and nothing too much."""
        return not self.missing and not self.surplus

    def __add__(self, other: "Difference") -> "Difference":
        return Difference(
            max(self.box, other.box),
            min(self.iou, other.iou),
            max(self.score, other.score),
            self.compared + other.compared,
            self.missing + other.missing,
            self.surplus + other.surplus,
        )

    def __str__(self) -> str:
        return (
            f"of {self.compared + self.missing} detections {self.missing} are missing or differ, "
            f"{self.surplus} are new; among the others IoU >= {self.iou:.5f}, scores differ by "
            f"{self.score:.1e} at most"
        )


def versions(own: Arrays, candidates: Arrays, decoding: Decoding) -> list[Arrays]:
    """The expected answers: the model's own, and those that rounding could make of them.

    Args:
        own: what `decode` gave in the model's graph.
        candidates: what it was given.
        decoding: the model's.
    """
    limit = decoding.max_detections or 1
    nudged = [replace(decoding, max_detections=limit + _MORE)]
    for name in ("iou_threshold", "vote_iou"):
        value = getattr(decoding, name)
        if value < 1:
            nudged += [replace(decoding, **{name: value + step}) for step in (-NUDGE, NUDGE)]
    return [own, *(decode(candidates, one) for one in nudged)]


def difference(expected: Sequence[Arrays], found: Arrays, decoding: Decoding) -> Difference:
    """How far the answers for B pictures are from those expected.

    Args:
        expected: of `versions`.
        found: the answers to judge, as `decode` gives them.
        decoding: the model's.
    """
    total = Difference()
    for place in range(len(found["labels"])):
        lists = [_Found.of(one, place) for one in expected]
        total += _of_picture(lists, _Found.of(found, place), decoding)
    return total


@dataclass(frozen=True)
class _Found:
    """The detections of one picture, best first, without padding."""

    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, arrays: Mapping[str, Any], place: int) -> "_Found":
        labels = np.asarray(arrays["labels"][place])
        real = labels >= 0
        return cls(
            np.asarray(arrays["boxes"][place], np.float64)[real],
            labels[real],
            np.asarray(arrays["scores"][place], np.float64)[real],
        )

    def counted(self, decoding: Decoding) -> np.ndarray:
        """Which ones are compared: the best, and those that rounding cannot lift over a limit."""
        floor = max(FLOOR, decoding.score_threshold + SCORE)
        return (np.arange(len(self.scores)) == 0) | (self.scores >= floor)

    def same(self, other: "_Found") -> np.ndarray:
        """(N, M): which of these are which of the others."""
        return (
            (self.labels[:, None] == other.labels)
            & (np.abs(self.scores[:, None] - other.scores) <= SCORE)
            & ((self.overlaps(other) >= IOU) | (self.distances(other) <= CORNER))
        )

    def overlaps(self, other: "_Found") -> np.ndarray:
        """(N, M): IoU of these and the others."""
        return np.asarray(box_geometry.iou_matrix(self.boxes, other.boxes))

    def distances(self, other: "_Found") -> np.ndarray:
        """(N, M): the largest distance between corners of these and the others."""
        return np.abs(self.boxes[:, None] - other.boxes[None]).max(axis=-1)


def _of_picture(expected: Sequence[_Found], found: _Found, decoding: Decoding) -> Difference:
    own = expected[0]
    same = own.same(found)
    pairs = _pairs(same)
    overlaps, distances = own.overlaps(found), own.distances(found)
    stable = own.counted(decoding)
    for other in expected[1:]:
        stable &= own.same(other).any(axis=1)
    missing = set(np.flatnonzero(stable)) - {row for row, _ in pairs}
    surplus = set(np.flatnonzero(found.counted(decoding))) - {column for _, column in pairs}
    for other in expected[1:]:
        # What this version has and Keras' own answer has not.
        new = np.flatnonzero(~other.same(own).any(axis=1))
        possible = other.same(found)[new][:, sorted(surplus)]
        surplus -= {sorted(surplus)[column] for _, column in _pairs(possible)}
    return Difference(
        max((float(distances[pair]) for pair in pairs), default=0.0),
        min((float(overlaps[pair]) for pair in pairs if distances[pair] > CORNER), default=1.0),
        max((abs(float(own.scores[i] - found.scores[j])) for i, j in pairs), default=0.0),
        len(pairs),
        len(missing),
        len(surplus),
    )


def _pairs(same: np.ndarray) -> list[tuple[int, int]]:
    """One to one, first come, first served: rows and columns are sorted by score."""
    free = same.copy()
    pairs = []
    for row in range(len(free)):
        columns = np.flatnonzero(free[row])
        if len(columns):
            pairs.append((row, int(columns[0])))
            free[:, columns[0]] = False
    return pairs
