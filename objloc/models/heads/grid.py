"""The anchor-free grid: every cell of one feature map is a candidate, in YOLO's manner."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from objloc.models.assignment import Assignment, assign_center
from objloc.models.cells import (
    CellLevel,
    boxes_around,
    cell_centers,
    presence_layer,
)
from objloc.models.distributions import expectation
from objloc.models.heads.head import Head
from objloc.models.layers import ConvBlock, FeaturePyramid
from objloc.models.side_distances import SideDistances


@keras.saving.register_keras_serializable("objloc")
class Grid(SideDistances, Head):
    """One candidate per cell: objectness, class, and the distances to the box's four sides.

    A top-down pyramid (Lin et al. 2017, "Feature Pyramid Networks") brings what the coarse maps
    know to the grid. A distance is the mean of a distribution over ``bins`` evenly spaced lengths
    from 0 to the picture's side (Li et al. 2020, "Generalized Focal Loss", section 3.2).

    Args:
        num_classes: C.
        stride: pixels between cells; the backbone must have a map of this stride.
        width: channels of the pyramid and of the branches.
        bins: lengths that a side's distribution is over.
        radius: cells this close to a target's centre answer for it, in strides.
        distribution_weight: weight of the distribution focal loss beside the box loss.
    """

    def __init__(
        self,
        num_classes: int,
        stride: int = 8,
        width: int = 48,
        bins: int = 16,
        radius: float = 1.5,
        distribution_weight: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, **kwargs)
        self.stride = stride
        self.width = width
        self.bins = bins
        self.radius = radius
        self.distribution_weight = distribution_weight

    def build(self, input_shape: Mapping[str, tuple[Any, ...]]) -> None:
        """Makes the weights for feature maps of ``input_shape``: stride to (B, H, W, channels)."""
        policy = {"dtype": self.dtype_policy}
        self.pyramid = FeaturePyramid([self.stride], self.width, name="pyramid", **policy)
        self.pyramid.build(input_shape)
        grid_shape = self.pyramid.compute_output_shape(input_shape)[str(self.stride)]
        _, rows, columns, _ = grid_shape
        self.box_branch = ConvBlock(self.width, name="box_branch", **policy)
        self.class_branch = ConvBlock(self.width, name="class_branch", **policy)
        for block in (self.box_branch, self.class_branch):
            block.build(grid_shape)
        # Float32: coordinates in bfloat16 would be a pixel off.
        self.sides = keras.layers.Conv2D(4 * self.bins, 1, dtype="float32", name="sides")
        self.classes = keras.layers.Conv2D(self.num_classes, 1, dtype="float32", name="classes")
        self.presence = presence_layer("presence")
        for layer in (self.sides, self.classes, self.presence):
            layer.build(grid_shape)
        self.rows, self.columns = rows, columns
        self.points = cell_centers(rows, columns)  # (K, 2)

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Feature maps to candidates; adds ``side_log_probabilities`` (B, K, 4, bins)."""
        x = self.pyramid(features, training=training)[str(self.stride)]
        box_features = self.box_branch(x, training=training)
        class_features = self.class_branch(x, training=training)
        side_logits = ops.reshape(
            self.sides(box_features), (-1, len(self.points), 4, self.bins)
        )  # (B, K, 4, bins)
        log_probabilities = ops.log_softmax(side_logits, axis=-1)
        distances = expectation(log_probabilities)  # (B, K, 4)
        class_logits = self.classes(class_features)
        objectness = self.presence(class_features)
        return {
            "boxes": boxes_around(self.points, distances),
            "class_logits": ops.reshape(class_logits, (-1, len(self.points), self.num_classes)),
            "objectness": ops.reshape(objectness, (-1, len(self.points))),
            "side_log_probabilities": log_probabilities,
        }

    @property
    def cell_levels(self) -> tuple[CellLevel, ...]:
        """The one grid."""
        return (CellLevel(self.rows, self.columns),)

    def assign(self, outputs: Mapping[str, Any], boxes: Any, labels: Any) -> Assignment:
        """Centre sampling over the cells."""
        reach = np.array([self.radius / self.columns, self.radius / self.rows], dtype="float32")
        return assign_center(boxes, labels, self.points, reach)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {
            **super().get_config(),
            "stride": self.stride,
            "width": self.width,
            "bins": self.bins,
            "radius": self.radius,
            "distribution_weight": self.distribution_weight,
        }
