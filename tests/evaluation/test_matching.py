"""Greedy matching: hand-computed cases, and a slow implementation written from the rules."""

import numpy as np
import pytest

from objloc.data.truth import Truth
from objloc.evaluation import Detections, match
from tests.evaluation.random_sets import detections, random_set, truth


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """IoU of two boxes, in plain Python."""
    a, b = [float(side) for side in a], [float(side) for side in b]
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return shared / (total - shared)


def inside(a: np.ndarray, region: np.ndarray) -> bool:
    """Does half of box a or more lie in the region?"""
    width = max(0.0, min(a[2], region[2]) - max(a[0], region[0]))
    height = max(0.0, min(a[3], region[3]) - max(a[1], region[1]))
    return width * height >= 0.5 * (a[2] - a[0]) * (a[3] - a[1])


def match_slowly(found: Detections, image: Truth) -> tuple[dict[int, int], dict[int, int], set]:
    """Object of each detection in round 1 and in round 2, and the detections set aside."""
    objects = [i for i in range(len(image.boxes)) if not image.ignore[i]]
    regions = [i for i in range(len(image.boxes)) if image.ignore[i]]
    free = list(objects)
    first: dict[int, int] = {}
    second: dict[int, int] = {}
    aside = set()
    for rank in range(len(found)):
        best = max(free, key=lambda i: overlap(found.boxes[rank], image.boxes[i]), default=None)
        if best is not None and overlap(found.boxes[rank], image.boxes[best]) >= 0.5:
            first[rank] = objects.index(best)
            free.remove(best)
        elif any(inside(found.boxes[rank], image.boxes[i]) for i in regions):
            aside.add(rank)
    for rank in range(len(found)):
        if rank in first or rank in aside:
            continue
        best = max(free, key=lambda i: overlap(found.boxes[rank], image.boxes[i]), default=None)
        if best is not None and overlap(found.boxes[rank], image.boxes[best]) > 0:
            second[rank] = objects.index(best)
            free.remove(best)
    return first, second, aside


@pytest.mark.parametrize("ignored", [0.0, 0.3])
def test_equals_slow_matching(ignored: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """More images than are matched at once, ties and ignored boxes among them."""
    monkeypatch.setattr("objloc.evaluation.matching._CELLS", 900)
    rng = np.random.default_rng(3)
    found, truths = random_set(rng, 300, 5, 7, ignored=ignored)
    matches = match(found, truths)
    first_object, first_detection = 0, 0
    for answers, image in zip(found, truths, strict=True):
        first, second, aside = match_slowly(answers, image)
        ranks = range(len(answers))
        mine = slice(first_detection, first_detection + len(answers))
        expected = [first_object + first[rank] if rank in first else -1 for rank in ranks]
        assert matches.detection_object[mine].tolist() == expected
        assert matches.detection_aside[mine].tolist() == [rank in aside for rank in ranks]
        real = image.boxes[~image.ignore]
        by_object = {number: rank for rank, number in (first | second).items()}
        for number in range(len(real)):
            rank = by_object.get(number)
            detection = -1 if rank is None else first_detection + rank
            iou = 0.0 if rank is None else overlap(answers.boxes[rank], real[number])
            assert matches.object_detection[first_object + number] == detection
            assert matches.object_iou[first_object + number] == pytest.approx(iou, abs=1e-7)
        first_object += len(real)
        first_detection += len(answers)


def test_stray_detection_does_not_rob_a_later_one() -> None:
    """A duplicate on the first object only grazes the second, which the third detection fits."""
    image = truth([[0, 0, 40, 40], [35, 0, 75, 40]])
    found = detections([[0, 0, 40, 40], [0, 0, 41, 40], [35, 0, 75, 40]], [0.9, 0.8, 0.7])
    matches = match([found], [image])
    assert matches.object_iou.tolist() == [1.0, 1.0]
    assert matches.detection_object.tolist() == [0, -1, 1]


def test_different_lengths_are_refused() -> None:
    """Detections must be of the same images as the truths."""
    with pytest.raises(ValueError, match="1 images of detections for 2 of truth"):
        match([Detections.none()], [truth([]), truth([])])
