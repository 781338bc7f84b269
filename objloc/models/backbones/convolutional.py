"""Backbones of plain convolutions: small, and fast on a CPU."""

from collections.abc import Sequence

import keras

from objloc.models.layers import ConvBlock, ResidualBlock


def convolutional(
    image_size: int, widths: Sequence[int], residual_blocks: Sequence[int]
) -> keras.Model:
    """A pyramid of strides 2, 4, 8, …: each level a strided 3×3 convolution and residual blocks.

    Plain convolutions on purpose: depthwise ones have fewer multiplications but train many times
    slower in TensorFlow on a CPU.

    Args:
        image_size: side S of the square pictures, in pixels.
        widths: channels of each level, the first at stride 2.
        residual_blocks: bottleneck blocks on each level.

    Returns:
        A model from images (B, S, S, 3), 0..255, to a dict of feature maps by stride:
        ``{"2": (B, S/2, S/2, widths[0]), "4": …}``.

    Raises:
        ValueError: the two sequences differ in length.
    """
    if len(widths) != len(residual_blocks):
        raise ValueError(
            f"backbone: {len(widths)} widths but {len(residual_blocks)} residual_blocks; "
            "give one number of each per level"
        )
    images = keras.Input((image_size, image_size, 3), name="images")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(images)
    features = {}
    for level, (width, blocks) in enumerate(zip(widths, residual_blocks, strict=True), start=1):
        stride = 2**level
        x = ConvBlock(width, 3, strides=2, normalize=level > 1, name=f"down_{stride}")(x)
        for block in range(blocks):
            x = ResidualBlock(name=f"residual_{stride}_{block}")(x)
        features[str(stride)] = x
    return keras.Model(images, features, name="backbone")
