"""Convolution, batch normalisation and activation as one layer."""

from typing import Any

import keras

BATCH_NORM_MOMENTUM = 0.9
"""Keras' own 0.99 still remembers the first steps after a run of a few hundred."""


@keras.saving.register_keras_serializable("objloc")
class ConvBlock(keras.layers.Layer):
    """Convolution, batch normalisation, activation: (B, H, W, C) to (B, H', W', filters).

    Args:
        filters: channels put out.
        kernel_size: side of the square kernel in pixels.
        strides: 2 halves height and width (rounded up).
        activation: a Keras activation's name, or None for a linear block.
        normalize: False leaves the normalisation out and gives the convolution a bias. On a CPU
            the normalisation of a large map costs several times its convolution.

    Example:
        >>> ConvBlock(16, strides=2)(keras.ops.zeros((1, 32, 32, 3))).shape
        (1, 16, 16, 16)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        strides: int = 1,
        activation: str | None = "relu",
        normalize: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.activation = activation
        self.normalize = normalize
        self.convolution = keras.layers.Conv2D(
            filters,
            kernel_size,
            strides=strides,
            padding="same",
            use_bias=not normalize,
            kernel_initializer="he_normal",
            dtype=self.dtype_policy,
        )
        if normalize:
            self.normalization = keras.layers.BatchNormalization(
                momentum=BATCH_NORM_MOMENTUM, dtype=self.dtype_policy
            )
        self.activate = keras.layers.Activation(activation, dtype=self.dtype_policy)

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Makes the weights for inputs of ``input_shape`` (B, H, W, C)."""
        self.convolution.build(input_shape)
        if self.normalize:
            self.normalization.build(self.convolution.compute_output_shape(input_shape))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """(B, H, W, C) to (B, H', W', filters)."""
        x = self.convolution(inputs)
        if self.normalize:
            x = self.normalization(x, training=training)
        return self.activate(x)

    def compute_output_shape(self, input_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """The shape put out for inputs of ``input_shape``."""
        return self.convolution.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "activation": self.activation,
            "normalize": self.normalize,
        }
