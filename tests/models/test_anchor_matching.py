"""Which anchors answer, against plain Python, and which negatives count."""

import numpy as np
import pytest
from keras import ops

from objloc.boxes import area, iou_matrix
from objloc.models.anchor_matching import assign_iou, mine_negatives
from objloc.models.assignment import Assignment


def arrays(assignment: Assignment) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return tuple(
        ops.convert_to_numpy(x)
        for x in (assignment.positive, assignment.boxes, assignment.labels, assignment.counted)
    )


def oracle(boxes: np.ndarray, labels: np.ndarray, anchors: np.ndarray) -> list[tuple]:
    """For each anchor: does it answer, for which box and label, does its objectness count."""
    targets = [index for index, label in enumerate(labels) if label >= 0]
    targets.sort(key=lambda index: area(boxes[index]))
    overlaps = iou_matrix(boxes, anchors)
    chosen: dict[int, int] = {}
    for target in targets:
        left = [k for k in range(len(anchors)) if k not in chosen and overlaps[target, k] > 0]
        if left:
            chosen[max(left, key=lambda k: overlaps[target, k])] = target
    answers = []
    for k in range(len(anchors)):
        best = max(targets, key=lambda index: overlaps[index, k], default=None)
        most = 0 if best is None else overlaps[best, k]
        owner = chosen.get(k, best if most >= 0.5 else None)
        if owner is None:
            answers.append((0, (0, 0, 0, 0), 0, float(most < 0.4)))
        else:
            answers.append((1, tuple(boxes[owner]), labels[owner], 1))
    return answers


def random_boxes(generator: np.random.Generator, *shape: int) -> np.ndarray:
    # On a coarse lattice, so that boxes coincide and IoUs are equal.
    corner = generator.integers(0, 6, (*shape, 2))
    return (
        np.concatenate([corner, corner + generator.integers(1, 4, (*shape, 2))], -1) / 8
    ).astype("float32")


@pytest.mark.parametrize(("targets", "anchors"), [(1, 30), (5, 60), (12, 60), (9, 4)])
def test_random_sets_against_plain_python(targets: int, anchors: int) -> None:
    generator = np.random.default_rng(targets)
    boxes = random_boxes(generator, 20, targets)
    labels = generator.integers(-1, 3, (20, targets)).astype("int32")
    labels[0] = -1
    boxes[labels < 0] = 0
    standing = random_boxes(generator, anchors)
    found = arrays(assign_iou(boxes, labels, standing, 0.5, 0.4))
    for image in range(20):
        positive, owners, owned, counted = zip(
            *oracle(boxes[image], labels[image], standing), strict=True
        )
        np.testing.assert_array_equal(found[0][image], positive)
        np.testing.assert_allclose(found[1][image], owners, atol=1e-7)
        np.testing.assert_array_equal(found[2][image], owned)
        np.testing.assert_array_equal(found[3][image], counted)
    assert found[0].any()
    assert not found[0][0].any()


def test_two_equal_targets_get_an_anchor_each() -> None:
    anchors = np.array([[0, 0, 0.5, 0.5], [0.3, 0.3, 0.6, 0.6], [0.9, 0.9, 1, 1]], "float32")
    boxes = np.array([[[0, 0, 0.5, 0.5]] * 2], "float32")
    positive, _, labels, _ = arrays(
        assign_iou(boxes, np.array([[4, 7]], "int32"), anchors, 0.5, 0.4)
    )
    np.testing.assert_array_equal(positive, [[1, 1, 0]])
    np.testing.assert_array_equal(labels, [[4, 7, 0]])


def test_the_smaller_target_chooses_first_though_the_larger_overlaps_more() -> None:
    anchors = np.array([[0, 0, 0.5, 0.5], [0, 0.4, 0.5, 0.9]], "float32")
    boxes = np.array([[[0, 0, 0.5, 0.55], [0, 0, 0.3, 0.3]]], "float32")
    _, _, labels, _ = arrays(assign_iou(boxes, np.array([[1, 2]], "int32"), anchors, 0.5, 0.4))
    np.testing.assert_array_equal(labels, [[2, 1]])


def negatives_of(
    positive: list[list[float]], counted: list[list[float]], objectness: list[list[float]]
) -> np.ndarray:
    assignment = Assignment(
        positive=ops.array(positive, "float32"),
        boxes=None,
        labels=None,
        counted=ops.array(counted, "float32"),
    )
    mined = mine_negatives(assignment, ops.array(objectness, "float32"), per_positive=2.0)
    return ops.convert_to_numpy(mined.counted)


def test_the_surest_negatives_of_the_batch_count() -> None:
    counted = negatives_of(
        [[1, 1, 0, 0, 0], [0, 0, 0, 0, 0]],
        [[1, 1, 0, 1, 1], [1, 1, 1, 1, 1]],
        [[-9, 9, 9, -3, 1], [2, -4, 3, 0, -5]],
    )
    # Two answer, so four negatives: 3, 2, 1, 0. The one between the thresholds does not count.
    np.testing.assert_array_equal(counted, [[1, 1, 0, 0, 1], [1, 0, 1, 1, 0]])


def test_without_objects_there_are_some_for_each_image() -> None:
    counted = negatives_of([[0] * 6] * 2, [[1.0] * 6] * 2, [[0, 1, 2, 3, 4, 5], [-1] * 6])
    np.testing.assert_array_equal(counted, [[0, 0, 1, 1, 1, 1], [0] * 6])


def test_of_equals_the_first_count_and_never_more_than_there_are() -> None:
    np.testing.assert_array_equal(
        negatives_of([[1, 0, 0, 0]], [[1.0] * 4], [[0, 0, 0, 0]]), [[1, 1, 1, 0]]
    )
    np.testing.assert_array_equal(
        negatives_of([[1, 0, 0, 0]], [[1.0, 0, 0, 1]], [[0, 0, 0, 0]]), [[1, 0, 0, 1]]
    )
    np.testing.assert_array_equal(negatives_of([[1, 1]], [[1.0, 1]], [[0, 0]]), [[1, 1]])
