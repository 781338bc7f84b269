"""The bottleneck that gives a backbone depth at little cost."""

from typing import Any

import keras

from objloc.models.layers.conv_block import ConvBlock


@keras.saving.register_keras_serializable("objloc")
class ResidualBlock(keras.layers.Layer):
    """A bottleneck beside a shortcut: 1×1 to half the width, 3×3 back, added: the shape stays.

    He et al. 2016, "Deep Residual Learning for Image Recognition", with the narrow half of
    Redmon and Farhadi's Darknet-53 (2018): the cheapest block in plain convolutions.
    """

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Makes the weights for inputs of ``input_shape`` (B, H, W, C)."""
        channels = input_shape[-1]
        self.narrow = ConvBlock(max(channels // 2, 8), 1, dtype=self.dtype_policy)
        self.wide = ConvBlock(channels, 3, dtype=self.dtype_policy)
        self.narrow.build(input_shape)
        self.wide.build(self.narrow.compute_output_shape(input_shape))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """(B, H, W, C) to the same."""
        return inputs + self.wide(self.narrow(inputs, training=training), training=training)

    def compute_output_shape(self, input_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """The shape of the input."""
        return input_shape
