"""The grid head's geometry and its distribution focal loss."""

import numpy as np
import pytest
from keras import ops

from objloc.models.assignment import Assignment
from objloc.models.heads.grid import Grid


@pytest.fixture(scope="module")
def head() -> Grid:
    head = Grid(num_classes=2, stride=8, width=8, bins=5)
    head.build({"8": (None, 4, 4, 8), "16": (None, 2, 2, 8)})
    return head


def test_points_are_the_cells_centres(head: Grid) -> None:
    np.testing.assert_allclose(head.points[0], [0.125, 0.125])
    np.testing.assert_allclose(head.points[1], [0.375, 0.125])  # x runs first
    np.testing.assert_allclose(head.points[4], [0.125, 0.375])


def test_boxes_are_distances_from_the_cells(head: Grid) -> None:
    features = {"8": ops.zeros((1, 4, 4, 8)), "16": ops.zeros((1, 2, 2, 8))}
    outputs = head(features)
    # No evidence: the mean of the five lengths 0, 1/4, … 1 on each side.
    np.testing.assert_allclose(outputs["boxes"][0, 0], [-0.375, -0.375, 0.625, 0.625], atol=1e-6)
    assert float(ops.max(ops.sigmoid(outputs["objectness"]))) == pytest.approx(0.01, abs=1e-4)


def test_distribution_loss_by_hand(head: Grid) -> None:
    # From the first cell's centre (0.125, 0.125): left 0.125 lies between the bins 0 and 0.25.
    box = np.array([0.0, 0.0, 0.375, 0.375], "float32")
    assignment = Assignment(
        positive=ops.ones((1, 16)),
        boxes=ops.array(np.tile(box, (1, 16, 1))),
        labels=ops.zeros((1, 16), "int32"),
    )
    sure = np.full((1, 16, 4, 5), -30.0, "float32")
    sure[0, 0, :2, :2] = -np.log(2)  # left and top: half on each of the bins beside 0.125
    sure[0, 0, 2:, 1] = 0  # right and bottom: exactly the bin at 0.25
    outputs = {"side_log_probabilities": ops.array(sure)}
    loss = head.auxiliary_losses(outputs, assignment)["distribution"]
    assert float(loss[0, 0]) == pytest.approx(np.log(2) / 2, rel=1e-4)
    assert head.auxiliary_weights == {"distribution": 0.5}
