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


def match_slowly(found: Detections, image: Truth) -> tuple[dict[int, int], set[int]]:
    """The object that each detection takes, and the detections set aside."""
    objects = [i for i in range(len(image.boxes)) if not image.ignore[i]]
    regions = [i for i in range(len(image.boxes)) if image.ignore[i]]
    free = list(objects)
    taken: dict[int, int] = {}

    def take(rank: int, wanted: list[int], least: float) -> None:
        best = max(wanted, key=lambda i: overlap(found.boxes[rank], image.boxes[i]), default=None)
        if best is not None and overlap(found.boxes[rank], image.boxes[best]) >= least:
            taken[rank] = objects.index(best)
            free.remove(best)

    for rank in range(len(found)):
        take(rank, [i for i in free if image.labels[i] == found.labels[rank]], 0.5)
    aside = {
        rank
        for rank in range(len(found))
        if rank not in taken and any(inside(found.boxes[rank], image.boxes[i]) for i in regions)
    }
    for rank in range(len(found)):
        if rank not in taken and rank not in aside:
            take(rank, free, 0.5)
    left = [rank for rank in range(len(found)) if rank not in taken and rank not in aside]
    while True:
        pairs = [(overlap(found.boxes[d], image.boxes[i]), -d, -i) for d in left for i in free]
        best, rank, thing = max(pairs, default=(0.0, 0, 0))
        if best == 0:
            return taken, aside
        taken[-rank] = objects.index(-thing)
        left.remove(-rank)
        free.remove(-thing)


@pytest.mark.parametrize("ignored", [0.0, 0.3])
def test_equals_slow_matching(ignored: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """More images than are matched at once, ties and ignored boxes among them."""
    monkeypatch.setattr("objloc.evaluation.matching._CELLS", 900)
    rng = np.random.default_rng(3)
    found, truths = random_set(rng, 300, 5, 7, ignored=ignored)
    matches = match(found, truths)
    first_object, first_detection = 0, 0
    for answers, image in zip(found, truths, strict=True):
        taken, aside = match_slowly(answers, image)
        ranks = range(len(answers))
        mine = slice(first_detection, first_detection + len(answers))
        real = image.boxes[~image.ignore]
        iou = {rank: overlap(answers.boxes[rank], real[thing]) for rank, thing in taken.items()}
        finds = [first_object + taken[rank] if iou.get(rank, 0.0) >= 0.5 else -1 for rank in ranks]
        assert matches.detection_object[mine].tolist() == finds
        assert matches.detection_aside[mine].tolist() == [rank in aside for rank in ranks]
        by_object = {number: rank for rank, number in taken.items()}
        for number in range(len(real)):
            rank = by_object.get(number)
            detection = -1 if rank is None else first_detection + rank
            expected = 0.0 if rank is None else iou[rank]
            assert matches.object_detection[first_object + number] == detection
            assert matches.object_iou[first_object + number] == pytest.approx(expected, abs=1e-7)
        first_object += len(real)
        first_detection += len(answers)


def test_stray_detection_does_not_rob_a_later_one() -> None:
    """A duplicate on the first object only grazes the second, which the third detection fits."""
    image = truth([[0, 0, 40, 40], [35, 0, 75, 40]])
    found = detections([[0, 0, 40, 40], [0, 0, 41, 40], [35, 0, 75, 40]], [0.9, 0.8, 0.7])
    matches = match([found], [image])
    assert matches.object_iou.tolist() == [1.0, 1.0]
    assert matches.detection_object.tolist() == [0, -1, 1]


def test_right_class_goes_before_score() -> None:
    """A surer detection of the wrong class gets the object that nobody else names, or none."""
    image = truth([[0, 0, 40, 40]], [1])
    found = detections([[0, 0, 40, 40], [0, 0, 40, 38]], [0.9, 0.8], [0, 1])
    matches = match([found], [image])
    assert matches.object_iou == pytest.approx([0.95])
    assert matches.detection_object.tolist() == [-1, 0]
    matches = match([detections([[0, 0, 40, 40]], [0.9], [0])], [image])
    assert matches.object_iou.tolist() == [1.0]


def test_near_misses_go_by_overlap() -> None:
    """A stray box of .9 grazes the object, one of .8 covers a quarter of it."""
    image = truth([[20, 20, 60, 60]])
    matches = match([detections([[55, 55, 95, 95], [20, 20, 40, 40]], [0.9, 0.8])], [image])
    assert matches.object_detection.tolist() == [1]
    assert matches.object_iou == pytest.approx([0.25])
    assert matches.detection_object.tolist() == [-1, -1]


def test_different_lengths_are_refused() -> None:
    """Detections must be of the same images as the truths."""
    with pytest.raises(ValueError, match="1 images of detections for 2 of truth"):
        match([Detections.none()], [truth([]), truth([])])
