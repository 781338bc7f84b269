"""The three ways in which pretrained networks want their pixels."""

from typing import Any, Literal

import keras
from keras import ops

Mode = Literal["caffe", "tf", "torch"]
MEAN_BGR = (103.939, 116.779, 123.68)
MEAN_RGB = (0.485, 0.456, 0.406)
STD_RGB = (0.229, 0.224, 0.225)


@keras.saving.register_keras_serializable("objloc")
class PixelNormalization(keras.layers.Layer):
    """Pixels 0..255 in RGB to what a pretrained network was trained on, same shape.

    The figures are ImageNet's means and deviations, as in ``keras.applications``.

    Args:
        mode: ``caffe`` (BGR less the mean colour), ``tf`` (-1..1) or ``torch`` (0..1, less the
            mean, over the deviation).
    """

    def __init__(self, mode: Mode, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mode = mode

    def call(self, images: Any) -> Any:
        """(B, S, S, 3) to the same."""
        images = ops.cast(images, self.compute_dtype)
        if self.mode == "caffe":
            return images[..., ::-1] - ops.cast(MEAN_BGR, self.compute_dtype)
        if self.mode == "tf":
            return images / 127.5 - 1
        mean = ops.cast(MEAN_RGB, self.compute_dtype)
        return (images / 255 - mean) / ops.cast(STD_RGB, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """The shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments, for saving."""
        return {**super().get_config(), "mode": self.mode}
