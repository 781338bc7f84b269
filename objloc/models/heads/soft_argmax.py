"""One candidate whose sides are read off heat maps of the object's extreme points."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc.models.assignment import Assignment, assign_first
from objloc.models.distributions import (
    distribution_focal_floor,
    distribution_focal_loss,
    expectation,
)
from objloc.models.heads.head import Head
from objloc.models.layers import ConvBlock, FeaturePyramid


@keras.saving.register_keras_serializable("objloc")
class SoftArgmax(Head):
    """Four heat maps, one a side; a side's coordinate is the expected position on its map.

    Where a grid cell at the object's centre must know an edge far away, here the map lights up at
    the edge itself, so a fine map gives a fraction of a pixel (Sun et al. 2018, "Integral Human
    Pose Regression"; extreme points: Zhou et al. 2019, "ExtremeNet"). The softmax runs over the
    whole map, so there is one object at most.

    Class and presence are read from the coarse maps where a fifth heat map looks.

    Args:
        num_classes: C.
        stride: pixels between the cells of the heat maps; the backbone must have it.
        width: channels of the pyramid under the heat maps.
        look_stride: the map that class and presence are read from.
        look_width: channels of that map.
        distribution_weight: weight of the distribution focal loss beside the box loss, on the
            maps' sums over rows (for y) or columns (for x).
    """

    def __init__(
        self,
        num_classes: int,
        stride: int = 4,
        width: int = 32,
        look_stride: int = 16,
        look_width: int = 64,
        distribution_weight: float = 2.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, **kwargs)
        self.stride = stride
        self.width = width
        self.look_stride = look_stride
        self.look_width = look_width
        self.distribution_weight = distribution_weight

    def build(self, input_shape: Mapping[str, tuple[Any, ...]]) -> None:
        """Makes the weights for feature maps of ``input_shape``: stride to (B, H, W, channels)."""
        policy = {"dtype": self.dtype_policy}
        self.pyramid = FeaturePyramid([self.stride], self.width, name="pyramid", **policy)
        self.pyramid.build(input_shape)
        shape = self.pyramid.compute_output_shape(input_shape)[str(self.stride)]
        self.edges = ConvBlock(self.width, name="edges", **policy)
        self.edges.build(shape)
        self.context = FeaturePyramid([self.look_stride], self.look_width, name="context", **policy)
        self.context.build(input_shape)
        look_shape = self.context.compute_output_shape(input_shape)[str(self.look_stride)]
        # Float32: coordinates in bfloat16 would be a pixel off.
        self.heat = keras.layers.Conv2D(4, 1, dtype="float32", name="heat")
        self.heat.build(shape)
        self.look = keras.layers.Conv2D(1, 1, dtype="float32", name="look")
        self.look.build(look_shape)
        self.classes = keras.layers.Dense(self.num_classes, dtype="float32", name="classes")
        self.presence = keras.layers.Dense(1, dtype="float32", name="presence")
        for layer in (self.classes, self.presence):
            layer.build((None, self.look_width))

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Feature maps to one candidate; adds the log probabilities ``columns`` and ``rows``.

        ``columns`` (B, 2, W) are of x1 and x2, ``rows`` (B, 2, H) of y1 and y2.
        """
        x = self.pyramid(features, training=training)[str(self.stride)]
        x = self.edges(x, training=training)
        heat = ops.transpose(self.heat(x), (0, 3, 1, 2))  # (B, 4, H, W)
        columns = log_marginal(heat[:, 0::2], axis=-2)
        rows = log_marginal(heat[:, 1::2], axis=-1)
        x_sides = expectation(columns)  # (B, 2)
        y_sides = expectation(rows)
        corners = ops.stack([x_sides[:, 0], y_sides[:, 0], x_sides[:, 1], y_sides[:, 1]], axis=-1)
        context = self.context(features, training=training)[str(self.look_stride)]
        looked_at = self._look(context)  # (B, look_width)
        return {
            "boxes": corners[:, None],
            "class_logits": self.classes(looked_at)[:, None],
            "objectness": self.presence(looked_at),
            "columns": columns,
            "rows": rows,
        }

    def _look(self, context: Any) -> Any:
        """The mean of the context (B, h, w, C), weighted by a softmax over its cells: (B, C)."""
        cells = context.shape[1] * context.shape[2]
        context = ops.cast(ops.reshape(context, (-1, *context.shape[1:])), "float32")
        weights = ops.softmax(ops.reshape(self.look(context), (-1, cells, 1)), axis=1)
        return ops.sum(ops.reshape(context, (-1, cells, context.shape[-1])) * weights, axis=1)

    @property
    def place_maps(self) -> dict[str, tuple[str, ...]]:
        """Where each side of the box is, and where class and presence are read."""
        return {"heat": ("left", "top", "right", "bottom"), "look": ("look",)}

    def assign(self, outputs: Mapping[str, Any], boxes: Any, labels: Any) -> Assignment:
        """The one candidate answers for the first target."""
        return assign_first(boxes, labels)

    @property
    def auxiliary_weights(self) -> dict[str, float]:
        """That of ``distribution``."""
        return {"distribution": self.distribution_weight}

    def auxiliary_losses(
        self, outputs: Mapping[str, Any], assignment: Assignment
    ) -> dict[str, Any]:
        """The distribution focal loss of the four sides (B, 1)."""
        boxes = assignment.boxes[:, 0]
        loss = (
            distribution_focal_loss(boxes[:, 0::2], outputs["columns"])
            + distribution_focal_loss(boxes[:, 1::2], outputs["rows"])
        ) / 2
        return {"distribution": loss[:, None]}

    def auxiliary_floors(
        self, outputs: Mapping[str, Any], assignment: Assignment
    ) -> dict[str, Any]:
        """That of the distribution focal loss (B, 1)."""
        boxes = assignment.boxes[:, 0]
        floor = (
            distribution_focal_floor(boxes[:, 0::2], outputs["columns"].shape[-1])
            + distribution_focal_floor(boxes[:, 1::2], outputs["rows"].shape[-1])
        ) / 2
        return {"distribution": floor[:, None]}

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {
            **super().get_config(),
            "stride": self.stride,
            "width": self.width,
            "look_stride": self.look_stride,
            "look_width": self.look_width,
            "distribution_weight": self.distribution_weight,
        }


def log_marginal(heat: Any, axis: int) -> Any:
    """Log of a softmax over the last two axes, summed over one of them."""
    total = ops.logsumexp(heat, axis=(-2, -1))[..., None]
    return ops.logsumexp(heat, axis=axis) - total
