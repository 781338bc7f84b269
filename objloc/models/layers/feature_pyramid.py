"""The top-down path that brings what coarse feature maps know to finer ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from objloc.errors import ConfigError
from objloc.models.layers.conv_block import ConvBlock

Shapes = Mapping[str, tuple[Any, ...]]


@keras.saving.register_keras_serializable("objloc")
class FeaturePyramid(keras.layers.Layer):
    """Feature maps by stride to maps of ``strides``, each (B, S/stride, S/stride, width).

    Each level is brought to ``width`` channels, enlarged and added to the next finer one, from
    the coarsest down to the finest of ``strides``; the next finer map, if there is one, is halved
    and added too, for its exact edges. One convolution smooths each sum that is put out. Lin et al.
    2017, "Feature Pyramid Networks for Object Detection".

    Args:
        strides: of the maps put out; the backbone must have them.
        width: channels.
    """

    def __init__(self, strides: Sequence[int], width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.strides = tuple(strides)
        self.width = width

    def build(self, input_shape: Shapes) -> None:
        """Makes the weights for feature maps of ``input_shape``: stride to (B, H, W, channels).

        Raises:
            ConfigError: there is no map of one of the strides.
        """
        missing = [stride for stride in self.strides if str(stride) not in input_shape]
        if missing:
            raise ConfigError(
                f"head: no feature map of stride {missing[0]}; the backbone has "
                f"{', '.join(input_shape)}"
            )
        policy = self.dtype_policy
        finest = min(self.strides)
        strides = sorted(map(int, input_shape), reverse=True)
        self.laterals = {
            str(stride): ConvBlock(
                self.width, 1, activation=None, name=f"lateral_{stride}", dtype=policy
            )
            for stride in strides
            if stride >= finest
        }
        self.finer = next((str(stride) for stride in strides if stride < finest), None)
        if self.finer:
            self.laterals[self.finer] = ConvBlock(
                self.width,
                strides=finest // int(self.finer),
                activation=None,
                name=f"lateral_{self.finer}",
                dtype=policy,
            )
        for stride, lateral in self.laterals.items():
            lateral.build(input_shape[stride])
        self.smooth = {
            str(stride): ConvBlock(self.width, name=f"smooth_{stride}", dtype=policy)
            for stride in self.strides
        }
        for stride, shape in self.compute_output_shape(input_shape).items():
            self.smooth[stride].build(shape)

    def call(self, features: Mapping[str, Any], training: bool | None = None) -> dict[str, Any]:
        """Feature maps by stride to those of ``strides``."""
        x = None
        sums = {}
        for stride, lateral in self.laterals.items():
            level = lateral(features[stride], training=training)
            if stride == self.finer and x is not None:
                level = cropped(level, x)
            x = level if x is None else _add_enlarged(x, level, training)
            # The finer map comes last, and has been brought to the finest stride.
            sums[str(min(self.strides)) if stride == self.finer else stride] = x
        return {
            stride: smooth(ops.relu(sums[stride]), training=training)
            for stride, smooth in self.smooth.items()
        }

    def compute_output_shape(self, input_shape: Shapes) -> dict[str, tuple[Any, ...]]:
        """The shapes put out for feature maps of ``input_shape``, by stride."""
        return {str(stride): (*input_shape[str(stride)][:3], self.width) for stride in self.strides}

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "strides": list(self.strides), "width": self.width}


def cropped(x: Any, like: Any) -> Any:
    """The rows and columns of x (B, H, W, C) that ``like`` (B, h, w, C) has, too.

    Halving rounds up here, but down where a backbone pools as VGG does.
    """
    return x if x.shape[1:3] == like.shape[1:3] else x[:, : like.shape[1], : like.shape[2]]


def _add_enlarged(coarse: Any, fine: Any, training: bool | None) -> Any:
    """Fine (B, H, W, C) plus coarse (B, h, w, C) enlarged by nearest neighbour."""
    (h, w, channels), (height, width) = coarse.shape[1:], fine.shape[1:3]
    if (h, w) == (height, width):
        return coarse + fine
    if height % h == 0 and width % w == 0:
        # Broadcasting: a copy of the enlarged map and its gradient would cost a tenth of a step.
        blocks = ops.reshape(fine, (-1, h, height // h, w, width // w, channels))
        # The same numbers both ways. LiteRT's calibration slices nothing with six axes; but the
        # gradients round differently, and recorded results were trained with those of the slice.
        reshaped = (-1, h, 1, w, 1, channels)
        cells = coarse[:, :, None, :, None] if training else ops.reshape(coarse, reshaped)
        return ops.reshape(blocks + cells, (-1, height, width, channels))
    enlarged = ops.repeat(ops.repeat(coarse, -(-height // h), axis=1), -(-width // w), axis=2)
    return enlarged[:, :height, :width] + fine
