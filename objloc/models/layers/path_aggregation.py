"""The bottom-up path that brings the exact edges of fine feature maps back to coarser ones."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc.models.layers.conv_block import ConvBlock
from objloc.models.layers.feature_pyramid import FeaturePyramid, Shapes, cropped


@keras.saving.register_keras_serializable("objloc")
class PathAggregation(FeaturePyramid):
    """A feature pyramid with a second path, from fine to coarse, behind it.

    Each map of the pyramid but the finest gets the next finer one, shrunk to its size, added before
    one more convolution. Liu et al. 2018, "Path Aggregation Network for Instance Segmentation",
    section 3.1. Arguments as the pyramid's; ``strides`` rise.
    """

    def build(self, input_shape: Shapes) -> None:
        """Makes the weights for feature maps of ``input_shape``: stride to (B, H, W, channels)."""
        super().build(input_shape)
        policy = {"dtype": self.dtype_policy}
        shapes = self.compute_output_shape(input_shape)
        self.down, self.fuse = {}, {}
        for fine, coarse in zip(self.strides, self.strides[1:], strict=False):
            name, step = str(coarse), coarse // fine
            self.down[name] = ConvBlock(
                self.width, strides=step, activation=None, name=f"down_{name}", **policy
            )
            self.down[name].build(shapes[str(fine)])
            self.fuse[name] = ConvBlock(self.width, name=f"fuse_{name}", **policy)
            self.fuse[name].build(shapes[name])

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Feature maps by stride to those of ``strides``."""
        maps = super().call(features, training=training)
        x = maps[str(self.strides[0])]
        out = {str(self.strides[0]): x}
        for name in self.down:
            shrunk = cropped(self.down[name](x, training=training), maps[name])
            x = self.fuse[name](ops.relu(maps[name] + shrunk), training=training)
            out[name] = x
        return out
