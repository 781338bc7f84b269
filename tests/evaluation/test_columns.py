"""The best object of each detection, against a loop."""

import numpy as np
import pytest

from objloc.evaluation.columns import best_object, columns
from tests.evaluation.random_sets import detections, random_boxes, truth
from tests.evaluation.test_matching import overlap


def test_best_object_equals_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups without objects, objects twice, more pairs than are compared at once."""
    monkeypatch.setattr("objloc.evaluation.columns._PAIRS", 40)
    rng = np.random.default_rng(0)
    boxes = random_boxes(rng, 60).astype(np.float64)
    objects = np.repeat(random_boxes(rng, 20).astype(np.float64), 2, axis=0)
    group, object_group = rng.integers(12, size=60), np.repeat(rng.integers(9, size=20), 2)
    best, iou = best_object(boxes, group, objects, object_group)
    for one in range(60):
        near = [i for i in range(40) if object_group[i] == group[one]]
        expected = max(near, key=lambda i: overlap(boxes[one], objects[i]), default=-1)
        assert best[one] == expected
        expected_iou = 0.0 if expected < 0 else overlap(boxes[one], objects[expected])
        assert iou[one] == pytest.approx(expected_iou, abs=1e-12)
    assert (best == -1).any()


def test_extra_pixels() -> None:
    """Corners 0 and 9 that are both inside the box make ten pixels: 10 · 5 of 10 · 10."""
    box, half = np.array([[0.0, 0, 9, 9]]), np.array([[0.0, 0, 9, 4]])
    nowhere = np.zeros(1, np.int64)
    assert best_object(half, nowhere, box, nowhere, extra=1.0)[1][0] == pytest.approx(0.5)
    assert best_object(half, nowhere, box, nowhere)[1][0] == pytest.approx(4 / 9)


def test_columns_and_their_parts() -> None:
    found = [detections([[0, 0, 9, 9]], [0.9], [1]), detections([[1, 1, 2, 2]], [0.3])]
    truths = [truth([]), truth([[0, 0, 9, 9], [3, 3, 5, 5]], [0, 1], [True, False], (50, 80))]
    table = columns(found, truths)
    assert table.object_image.tolist() == [1, 1]
    assert table.sizes.tolist() == [[100, 100], [50, 80]]
    assert table.without_ignored().object_box.tolist() == [[3, 3, 5, 5]]
    assert table.without_ignored().detection_label.tolist() == [1, 0]
    best = table.with_detections(table.detection_score > 0.5)
    assert (best.detection_image.tolist(), best.object_image.tolist()) == ([0], [1, 1])


def test_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="0 images of detections for 1 of truth"):
        columns([], [truth([])])
