"""The small network of the well-known emoji localization notebooks, as a yardstick."""

import keras


def classic(image_size: int) -> keras.Model:
    """Five times convolution (3×3, no padding), batch normalisation, max-pooling.

    Widths 16, 32, 64, 128 and 256; the convolution's ReLU stands before the normalisation, as in
    the notebooks.

    Args:
        image_size: side S of the square pictures, in pixels; 94 or more.

    Returns:
        A model from images (B, S, S, 3), 0..255, to ``{"32": (B, h, w, 256)}``.
    """
    images = keras.Input((image_size, image_size, 3), name="images")
    x = keras.layers.Rescaling(1 / 255, name="rescale")(images)
    for level, width in enumerate((16, 32, 64, 128, 256)):
        x = keras.layers.Conv2D(width, 3, activation="relu", name=f"conv_{level}")(x)
        x = keras.layers.BatchNormalization(name=f"norm_{level}")(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool_{level}")(x)
    return keras.Model(images, {"32": x}, name="backbone")
