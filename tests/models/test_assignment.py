"""Who answers for which target."""

import numpy as np
from keras import ops

from objloc.models.assignment import assign_center, assign_first

# A grid of 4 × 4 cells over the picture.
POINTS = np.stack(np.meshgrid([0.125, 0.375, 0.625, 0.875], [0.125, 0.375, 0.625, 0.875]), -1)
POINTS = POINTS.reshape(16, 2).astype("float32")


def center(boxes: list[list[float]], labels: list[int], radius: float) -> tuple[np.ndarray, ...]:
    assignment = assign_center(
        ops.array([boxes], "float32"), ops.array([labels], "int32"), POINTS, radius
    )
    return tuple(
        ops.convert_to_numpy(x)[0]
        for x in (assignment.positive, assignment.boxes, assignment.labels)
    )


def test_one_candidate_answers_for_the_object_or_for_nothing() -> None:
    boxes = ops.array([[[0.1, 0.2, 0.3, 0.4]], [[0, 0, 0, 0]]], "float32")
    assignment = assign_first(boxes, ops.array([[2], [-1]], "int32"))
    np.testing.assert_array_equal(assignment.positive, [[1], [0]])
    np.testing.assert_array_equal(assignment.labels, [[2], [0]])
    np.testing.assert_array_equal(assignment.boxes, boxes)


def test_cells_within_the_radius_answer() -> None:
    positive, boxes, labels = center([[0.25, 0.25, 0.75, 0.75]], [1], radius=0.13)
    np.testing.assert_array_equal(np.flatnonzero(positive), [5, 6, 9, 10])
    np.testing.assert_allclose(boxes[5], [0.25, 0.25, 0.75, 0.75])
    np.testing.assert_array_equal(labels, positive)  # 0 where nothing is answered for
    assert not boxes[0].any()


def test_the_nearest_cell_answers_where_the_radius_reaches_none() -> None:
    positive, _, _ = center([[0.11, 0.11, 0.13, 0.13]], [0], radius=0.001)
    np.testing.assert_array_equal(np.flatnonzero(positive), [0])


def test_the_smaller_of_two_targets_wins() -> None:
    big, small = [0.0, 0.0, 0.8, 0.8], [0.3, 0.3, 0.5, 0.5]
    _, boxes, labels = center([big, small], [0, 1], radius=0.1)
    np.testing.assert_allclose(boxes[5], small)
    assert labels[5] == 1


def test_padding_claims_nothing() -> None:
    positive, _, _ = center([[0.0, 0.0, 0.0, 0.0]], [-1], radius=1.0)
    assert not positive.any()
