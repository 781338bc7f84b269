"""The YOLO head's geometry, what it begins with, and its distribution focal loss."""

import numpy as np
import pytest
from keras import ops

from objloc.errors import ConfigError
from objloc.models.assignment import Assignment
from objloc.models.heads.yolo import Yolo

SHAPES = {"8": (None, 8, 8, 4), "16": (None, 4, 4, 4), "32": (None, 2, 2, 4)}


@pytest.fixture(scope="module")
def head() -> Yolo:
    head = Yolo(num_classes=3, width=8, bins=5)
    head.build(SHAPES)
    return head


@pytest.fixture(scope="module")
def outputs(head: Yolo) -> dict[str, np.ndarray]:
    features = {stride: ops.zeros((2, *shape[1:])) for stride, shape in SHAPES.items()}
    return {name: np.asarray(values) for name, values in head(features).items()}


def test_every_cell_of_every_level_is_a_candidate(head: Yolo, outputs: dict) -> None:
    cells = 64 + 16 + 4
    assert outputs["boxes"].shape == (2, cells, 4)
    assert outputs["class_logits"].shape == (2, cells, 3)
    assert outputs["objectness"].shape == (2, cells)
    np.testing.assert_allclose(
        head.points[[0, 1, 64, 80]], [[1 / 16] * 2, [3 / 16, 1 / 16], [1 / 8] * 2, [1 / 4] * 2]
    )
    # The last of five bins is four cells long: 4/8, 4/4 and 4/2 of the picture.
    np.testing.assert_allclose(head.lengths[[0, 64, 80], 0], [0.5, 1.0, 2.0])


def test_boxes_begin_as_squares_of_a_few_cells(outputs: dict) -> None:
    weights = np.exp(-0.5 * np.arange(5))
    cells = (weights * np.arange(5)).sum() / weights.sum()  # to each side
    sides = outputs["boxes"][0, :, 2:] - outputs["boxes"][0, :, :2]
    np.testing.assert_allclose(
        sides[[0, 64, 80]], 2 * cells / np.array([[8] * 2, [4] * 2, [2] * 2]), rtol=1e-5
    )
    assert 1 / (1 + np.exp(-outputs["objectness"].max())) == pytest.approx(0.01, abs=1e-4)


def test_distribution_loss_counts_in_cells(head: Yolo) -> None:
    # From the first cell: half a cell to the left and up, two and a half to the right and down.
    box = np.array([0.0, 0.0, 3 / 8, 3 / 8], np.float32)
    boxes = ops.array(np.tile(box, (1, 84, 1)))
    ones = ops.ones((1, 84))
    assignment = Assignment(positive=ones, boxes=boxes, labels=ops.zeros((1, 84), "int32"))
    sure = np.full((1, 84, 4, 5), -30.0, np.float32)
    sure[0, 0, :2, :2] = np.log(0.5)
    sure[0, 0, 2:, 2:4] = np.log(0.5)
    loss = head.auxiliary_losses({"side_log_probabilities": ops.array(sure)}, assignment)
    assert float(loss["distribution"][0, 0]) == pytest.approx(np.log(2), rel=1e-4)
    assert head.auxiliary_weights == {"distribution": 0.5}


def test_missing_strides_are_named() -> None:
    with pytest.raises(ConfigError, match="no feature map of stride 32; the backbone has 8, 16"):
        Yolo(2).build({"8": (None, 8, 8, 4), "16": (None, 4, 4, 4)})
