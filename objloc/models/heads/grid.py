"""The anchor-free grid: every cell of one feature map is a candidate, in YOLO's manner."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from objloc.models.assignment import Assignment, assign_center
from objloc.models.heads.head import Head
from objloc.models.layers import ConvBlock

PRESENCE_PRIOR = 0.01
"""Objectness before training: most cells see nothing (Lin et al. 2017, "Focal Loss", 3.3)."""


@keras.saving.register_keras_serializable("objloc")
class Grid(Head):
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

    def build(self, input_shape: Mapping[str, tuple[int | None, ...]]) -> None:
        """Makes the weights for feature maps of ``input_shape``: stride to (B, H, W, channels)."""
        if str(self.stride) not in input_shape:
            raise ValueError(
                f"head: no feature map of stride {self.stride}; the backbone has "
                f"{', '.join(input_shape)}"
            )
        finest = self.stride // 2 if str(self.stride // 2) in input_shape else self.stride
        self.levels = [s for s in sorted(map(int, input_shape), reverse=True) if s >= finest]
        policy = {"dtype": self.dtype_policy}
        self.laterals = {
            str(level): ConvBlock(
                self.width,
                3 if level < self.stride else 1,
                strides=2 if level < self.stride else 1,
                activation=None,
                name=f"lateral_{level}",
                **policy,
            )
            for level in self.levels
        }
        for level, lateral in self.laterals.items():
            lateral.build(input_shape[level])
        _, rows, columns, _ = input_shape[str(self.stride)]
        grid_shape = (None, rows, columns, self.width)
        self.smooth = ConvBlock(self.width, name="smooth", **policy)
        self.box_branch = ConvBlock(self.width, name="box_branch", **policy)
        self.class_branch = ConvBlock(self.width, name="class_branch", **policy)
        for block in (self.smooth, self.box_branch, self.class_branch):
            block.build(grid_shape)
        # Float32: coordinates in bfloat16 would be a pixel off.
        self.sides = keras.layers.Conv2D(4 * self.bins, 1, dtype="float32", name="sides")
        self.classes = keras.layers.Conv2D(self.num_classes, 1, dtype="float32", name="classes")
        self.presence = keras.layers.Conv2D(
            1,
            1,
            bias_initializer=keras.initializers.Constant(
                float(np.log(PRESENCE_PRIOR / (1 - PRESENCE_PRIOR)))
            ),
            dtype="float32",
            name="presence",
        )
        for layer in (self.sides, self.classes, self.presence):
            layer.build(grid_shape)
        self.rows, self.columns = rows, columns
        x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
        self.points = np.stack([x.ravel(), y.ravel()], axis=-1).astype("float32")  # (K, 2)

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Feature maps to candidates; adds ``side_logits`` (B, K, 4, bins)."""
        x = self._pyramid(features, training)
        box_features = self.box_branch(x, training=training)
        class_features = self.class_branch(x, training=training)
        side_logits = ops.reshape(
            self.sides(box_features), (-1, len(self.points), 4, self.bins)
        )  # (B, K, 4, bins)
        lengths = np.linspace(0, 1, self.bins, dtype="float32")
        distances = ops.sum(ops.softmax(side_logits, axis=-1) * lengths, axis=-1)  # (B, K, 4)
        corners = ops.concatenate(
            [self.points - distances[..., :2], self.points + distances[..., 2:]], axis=-1
        )
        class_logits = self.classes(class_features)
        objectness = self.presence(class_features)
        return {
            "boxes": corners,
            "class_logits": ops.reshape(class_logits, (-1, len(self.points), self.num_classes)),
            "objectness": ops.reshape(objectness, (-1, len(self.points))),
            "side_logits": side_logits,
        }

    def _pyramid(self, features: Mapping[str, Any], training: bool | None) -> Any:
        """Every level brought to the grid and added: (B, rows, columns, width)."""
        x = None
        for level in self.levels:
            lateral = self.laterals[str(level)](features[str(level)], training=training)
            if x is not None and x.shape[1:3] != lateral.shape[1:3]:
                x = _enlarge(x, lateral.shape[1], lateral.shape[2])
            x = lateral if x is None else x + lateral
        return self.smooth(ops.relu(x), training=training)

    def assign(self, outputs: Mapping[str, Any], boxes: Any, labels: Any) -> Assignment:
        """Centre sampling over the cells."""
        reach = np.array([self.radius / self.columns, self.radius / self.rows], dtype="float32")
        return assign_center(boxes, labels, self.points, reach)

    @property
    def auxiliary_names(self) -> tuple[str, ...]:
        """``distribution``, unless its weight is 0."""
        return ("distribution",) if self.distribution_weight else ()

    def auxiliary_losses(
        self, outputs: Mapping[str, Any], assignment: Assignment
    ) -> dict[str, Any]:
        """The distribution focal loss of the four sides (B, K): Li et al. 2020, equation 6."""
        if not self.distribution_weight:
            return {}
        distances = ops.concatenate(
            [self.points - assignment.boxes[..., :2], assignment.boxes[..., 2:] - self.points],
            axis=-1,
        )  # (B, K, 4)
        position = ops.clip(distances, 0, 1) * (self.bins - 1)
        lengths = np.arange(self.bins, dtype="float32")
        # Linear weights of the two bins beside the true length: (B, K, 4, bins).
        weights = ops.relu(1 - ops.abs(position[..., None] - lengths))
        log_probabilities = ops.log_softmax(outputs["side_logits"], axis=-1)
        cross_entropy = -ops.sum(weights * log_probabilities, axis=-1)  # (B, K, 4)
        return {"distribution": self.distribution_weight * ops.mean(cross_entropy, axis=-1)}

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


def _enlarge(x: Any, rows: int, columns: int) -> Any:
    """Nearest-neighbour enlargement of (B, h, w, C), cropped to rows × columns."""
    vertical, horizontal = -(-rows // x.shape[1]), -(-columns // x.shape[2])
    x = ops.repeat(ops.repeat(x, vertical, axis=1), horizontal, axis=2)
    return x[:, :rows, :columns]
