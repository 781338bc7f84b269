"""The bottom-up path that brings the exact edges of fine feature maps back to coarser ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from objloc.models.layers.conv_block import ConvBlock
from objloc.models.layers.feature_pyramid import FeaturePyramid, Shapes


@keras.saving.register_keras_serializable("objloc")
class PathAggregation(keras.layers.Layer):
    """A feature pyramid with a second path, from fine to coarse, behind it.

    Each map of the pyramid but the finest gets the next finer one, halved, added before one more
    convolution. Liu et al. 2018, "Path Aggregation Network for Instance Segmentation", 3.1.

    Args:
        strides: of the maps put out, rising, each twice the one before; the backbone must have
            them.
        width: channels.
    """

    def __init__(self, strides: Sequence[int], width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.strides = tuple(strides)
        self.width = width

    def build(self, input_shape: Shapes) -> None:
        """Makes the weights for feature maps of ``input_shape``: stride to (B, H, W, channels)."""
        policy = {"dtype": self.dtype_policy}
        self.pyramid = FeaturePyramid(self.strides, self.width, name="pyramid", **policy)
        self.pyramid.build(input_shape)
        shapes = self.pyramid.compute_output_shape(input_shape)
        self.down, self.fuse = {}, {}
        for fine, coarse in zip(self.strides, self.strides[1:], strict=False):
            name = str(coarse)
            self.down[name] = ConvBlock(
                self.width,
                strides=coarse // fine,
                activation=None,
                name=f"down_{name}",
                **policy,
            )
            self.down[name].build(shapes[str(fine)])
            self.fuse[name] = ConvBlock(self.width, name=f"fuse_{name}", **policy)
            self.fuse[name].build(shapes[name])

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Feature maps by stride to those of ``strides``."""
        maps = self.pyramid(features, training=training)
        x = maps[str(self.strides[0])]
        out = {str(self.strides[0]): x}
        for name in self.down:
            halved = self.down[name](x, training=training)
            x = self.fuse[name](ops.relu(maps[name] + halved), training=training)
            out[name] = x
        return out

    def compute_output_shape(self, input_shape: Shapes) -> dict[str, tuple[Any, ...]]:
        """The shapes put out for feature maps of ``input_shape``, by stride."""
        return {str(stride): (*input_shape[str(stride)][:3], self.width) for stride in self.strides}

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "strides": list(self.strides), "width": self.width}
