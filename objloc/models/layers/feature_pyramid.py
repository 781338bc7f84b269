"""The top-down path that brings what coarse feature maps know to a fine one."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from objloc.models.layers.conv_block import ConvBlock

Shapes = Mapping[str, tuple[Any, ...]]


@keras.saving.register_keras_serializable("objloc")
class FeaturePyramid(keras.layers.Layer):
    """Feature maps by stride to one map of ``stride``: (B, S/stride, S/stride, width).

    Each level is brought to ``width`` channels, enlarged and added to the next finer one, from
    the coarsest down to ``stride``; the next finer map, if there is one, is halved and added too,
    for its exact edges. One convolution smooths the sum. Lin et al. 2017, "Feature Pyramid
    Networks for Object Detection".

    Args:
        stride: of the map put out; the backbone must have it.
        width: channels.
    """

    def __init__(self, stride: int, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stride = stride
        self.width = width

    def build(self, input_shape: Shapes) -> None:
        """Makes the weights for feature maps of ``input_shape``: stride to (B, H, W, channels)."""
        if str(self.stride) not in input_shape:
            raise ValueError(
                f"head: no feature map of stride {self.stride}; the backbone has "
                f"{', '.join(input_shape)}"
            )
        policy = self.dtype_policy
        strides = sorted(map(int, input_shape), reverse=True)
        self.laterals = {
            str(stride): ConvBlock(
                self.width, 1, activation=None, name=f"lateral_{stride}", dtype=policy
            )
            for stride in strides
            if stride >= self.stride
        }
        self.finer = next((str(stride) for stride in strides if stride < self.stride), None)
        if self.finer:
            self.laterals[self.finer] = ConvBlock(
                self.width,
                strides=self.stride // int(self.finer),
                activation=None,
                name=f"lateral_{self.finer}",
                dtype=policy,
            )
        for stride, lateral in self.laterals.items():
            lateral.build(input_shape[stride])
        self.smooth = ConvBlock(self.width, name="smooth", dtype=policy)
        self.smooth.build((*input_shape[str(self.stride)][:3], self.width))

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> Any:
        """Feature maps by stride to one map."""
        x = None
        for stride, lateral in self.laterals.items():
            level = lateral(features[stride], training=training)
            x = level if x is None else _add_enlarged(x, level)
        return self.smooth(ops.relu(x), training=training)

    def compute_output_shape(self, input_shape: Shapes) -> tuple[Any, ...]:
        """The shape put out for feature maps of ``input_shape``."""
        return (*input_shape[str(self.stride)][:3], self.width)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "stride": self.stride, "width": self.width}


def _add_enlarged(coarse: Any, fine: Any) -> Any:
    """Fine (B, H, W, C) plus coarse (B, h, w, C) enlarged by nearest neighbour."""
    (h, w, channels), (height, width) = coarse.shape[1:], fine.shape[1:3]
    if (h, w) == (height, width):
        return coarse + fine
    if height % h == 0 and width % w == 0:
        # Broadcasting: a copy of the enlarged map and its gradient would cost a tenth of a step.
        blocks = ops.reshape(fine, (-1, h, height // h, w, width // w, channels))
        return ops.reshape(blocks + coarse[:, :, None, :, None], (-1, height, width, channels))
    enlarged = ops.repeat(ops.repeat(coarse, -(-height // h), axis=1), -(-width // w), axis=2)
    return enlarged[:, :height, :width] + fine
