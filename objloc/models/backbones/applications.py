"""Backbones from keras.applications, with their weights, preprocessing and feature levels."""

import inspect
import math
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np

from objloc.errors import ConfigError
from objloc.models.backbones.taps import taps
from objloc.models.layers import PixelNormalization
from objloc.models.layers.pixel_normalization import MEAN_RGB, STD_RGB, Mode

PIXEL_MODES: dict[Mode, tuple[str, ...]] = {
    "caffe": ("VGG16", "VGG19", "ResNet50", "ResNet101", "ResNet152"),
    "tf": (
        "ResNet50V2",
        "ResNet101V2",
        "ResNet152V2",
        "MobileNet",
        "MobileNetV2",
        "InceptionV3",
        "InceptionResNetV2",
        "Xception",
        "NASNetMobile",
        "NASNetLarge",
    ),
    "torch": ("DenseNet121", "DenseNet169", "DenseNet201"),
}
"""What a network was trained on; those not listed here normalise pixels themselves."""


def application(
    image_size: int, architecture: str, weights: str | None = None, frozen: bool = False
) -> keras.Model:
    """A network of ``keras.applications`` without its top, tapped at every stride.

    Args:
        image_size: side S of the square pictures, in pixels.
        architecture: the function's name in ``keras.applications``: ``VGG16``, ``ResNet50``, …
        weights: None for random ones, ``imagenet`` (fetched by Keras on first use) or the path of
            a file that Keras saved from the same network without its top: ``.weights.h5``, or a
            legacy ``.h5`` of weights or of a whole model.
        frozen: keep these weights as they are while the head learns; batch normalisation then
            uses its stored statistics.

    Returns:
        A model from images (B, S, S, 3), 0..255, to a dict of the last feature map at each
        stride: ``{"2": …, "4": …, "8": …, "16": …, "32": …}``, see ``taps``, each (B, h, h, C)
        with h = S / stride, rounded up or down. A network may lack the finest (ConvNeXt begins
        at 4).

    Raises:
        ConfigError: the architecture is unknown or not made for so small pictures, or the weights
            can't be had or don't fit.
    """
    build = getattr(keras.applications, architecture, None)
    if not inspect.isfunction(build):
        raise ConfigError(
            f"backbone.architecture={architecture}: keras.applications has no such network; "
            "see conf/backbone for those that are set up"
        )
    images = keras.Input((image_size, image_size, 3), name="images")
    mode = next((mode for mode, names in PIXEL_MODES.items() if architecture in names), None)
    x = PixelNormalization(mode, name="normalize")(images) if mode else images
    fetched = "imagenet" if weights == "imagenet" else None
    try:
        network = build(include_top=False, weights=fetched, input_tensor=x)
    except Exception as error:
        if fetched is None:
            raise ConfigError(
                f"backbone.architecture={architecture} cannot be built for pictures of "
                f"{image_size} px: {error}"
            ) from error
        raise ConfigError(
            f"backbone.weights=imagenet: the weights of {architecture} could not be fetched "
            f"({error}); give the path of a weights file, or backbone.weights=null"
        ) from error
    if weights is not None and fetched is None:
        _load_weights(network, architecture, weights)
    network.trainable = not frozen
    features = {
        stride: _padded(feature, image_size / int(stride), f"pad_{stride}")
        for stride, feature in taps(network, image_size).items()
    }
    return keras.Model(images, features, name="backbone")


def _padded(feature: Any, size: float, name: str) -> Any:
    """The map; where it lacks whole cells of ``size`` a side, with a border of zeros up to that.

    Unpadded convolutions (Inception, Xception, NASNet) drop the cells at the rim, while heads take
    it that the cells of a map share the whole picture: InceptionV3's 13 cells at stride 8 of
    128 px would be up to a cell off, and maps of neighbouring strides would not fit each other.
    """
    if feature.shape[1] >= math.floor(size):
        return feature  # half a cell at most is left out, as by the pooling of VGG16
    missing = math.ceil(size) - feature.shape[1]
    border = (missing // 2, missing - missing // 2)
    return keras.layers.ZeroPadding2D((border, border), name=name)(feature)


def _load_weights(network: keras.Model, architecture: str, weights: str) -> None:
    if not Path(weights).is_file():
        raise ConfigError(
            f"backbone.weights={weights}: there is no such file; "
            "it is null, imagenet or the path of a weights file"
        )
    try:
        with warnings.catch_warnings():
            # Keras only warns of layers that the file has nothing for; they would stay random.
            warnings.simplefilter("error", UserWarning)
            network.load_weights(weights)
    except (ValueError, OSError, UserWarning) as error:
        raise ConfigError(
            f"backbone.weights={weights}: the file does not fit {architecture} without its top "
            f"(save it from a network with include_top=False): {error}"
        ) from error
    if architecture.startswith("EfficientNetB"):
        for layer in network.layers:
            if isinstance(layer, keras.layers.Normalization):
                _scale_pixels_once_more(layer)


def _scale_pixels_once_more(normalization: keras.layers.Normalization) -> None:
    """Do what Keras does with weights=imagenet alone: divide by the root of the deviation again.

    EfficientNetB0 to B7 were trained on pixels that were divided by their variance; Keras adds a
    layer for that only where it fetches the weights itself. Files of such weights are known by
    their means.
    """
    weights = normalization.get_weights()
    if np.allclose(weights[0], MEAN_RGB, atol=1e-3):
        weights[1] = weights[1] * np.array(STD_RGB, "float32")
        normalization.set_weights(weights)
        normalization.finalize_state()
