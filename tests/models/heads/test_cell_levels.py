"""Where the candidates of every head stand."""

import numpy as np
import pytest

from objloc.models.cells import CellLevel, cell_centers
from objloc.models.heads import Head
from objloc.models.heads.grid import Grid
from objloc.models.heads.regression import Regression
from objloc.models.heads.soft_argmax import SoftArgmax
from objloc.models.heads.ssd import SSD
from objloc.models.heads.yolo import Yolo

# 5 and 3 cells: two levels have a cell about the same point.
MAPS = {"8": (None, 5, 7, 4), "16": (None, 3, 4, 4)}


@pytest.mark.parametrize(
    ("head", "levels"),
    [
        (Grid(2, stride=8, width=8), [CellLevel(5, 7)]),
        (Yolo(2, [8, 16], width=8), [CellLevel(5, 7), CellLevel(3, 4)]),
        (SSD(2, [8, 16], width=8), [CellLevel(5, 7, 6), CellLevel(3, 4, 6)]),
        (SoftArgmax(2, stride=8, look_stride=16, width=8, look_width=8), []),
        (Regression(2), []),
    ],
)
def test_levels_tell_the_candidates_places(head: Head, levels: list[CellLevel]) -> None:
    head.build(MAPS)
    assert list(head.cell_levels) == levels
    if not levels:
        return
    answer = head({stride: np.ones((1, *shape[1:]), "float32") for stride, shape in MAPS.items()})
    assert answer["boxes"].shape[1] == sum(level.candidates for level in levels)
    centers = np.concatenate(
        [
            np.repeat(cell_centers(level.rows, level.columns), level.per_cell, axis=0)
            for level in levels
        ]
    )
    known = head.boxes_cxcywh[:, :2] if isinstance(head, SSD) else head.points
    np.testing.assert_array_equal(known, centers)
