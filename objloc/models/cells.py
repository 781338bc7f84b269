"""What dense heads have in common: candidates on the cells of feature maps."""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

PRESENCE_PRIOR = 0.01
"""Objectness before training: most cells see nothing (Lin et al. 2017, "Focal Loss", 3.3)."""


class CellLevel(NamedTuple):
    """A grid of cells that candidates stand on.

    A level's candidates come in this order: those of one cell, then the columns, then the rows.

    Attributes:
        rows: of cells; together they cover the picture's height.
        columns: likewise its width.
        per_cell: candidates on each cell.
    """

    rows: int
    columns: int
    per_cell: int = 1

    @property
    def candidates(self) -> int:
        """How many stand on the level."""
        return self.rows * self.columns * self.per_cell


def cell_centers(rows: int, columns: int) -> np.ndarray:
    """The centres of a grid's cells, row by row: (rows · columns, 2) float32, x and y in 0..1."""
    x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    return np.stack([x.ravel(), y.ravel()], axis=-1).astype("float32")


def boxes_around(points: Any, distances: Any) -> Any:
    """Boxes (B, K, 4), xyxy, from points (K, 2) and distances to their four sides (B, K, 4)."""
    return ops.concatenate([points - distances[..., :2], points + distances[..., 2:]], axis=-1)


def distances_to_sides(points: Any, boxes: Any) -> Any:
    """Distances (B, K, 4) from points (K, 2) to the sides of boxes (B, K, 4), the inverse."""
    return ops.concatenate([points - boxes[..., :2], boxes[..., 2:] - points], axis=-1)


def presence_layer(
    name: str, anchors: int = 1, prior: float = PRESENCE_PRIOR
) -> keras.layers.Layer:
    """A 1×1 convolution to objectness logits that begins at ``prior``; in float32."""
    return keras.layers.Conv2D(
        anchors,
        1,
        bias_initializer=keras.initializers.Constant(float(np.log(prior / (1 - prior)))),
        dtype="float32",
        name=name,
    )
