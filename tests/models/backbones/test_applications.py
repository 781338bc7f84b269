"""Networks of keras.applications: strides, preprocessing, weights from a file."""

from pathlib import Path

import keras
import numpy as np
import pytest

from objloc.errors import ConfigError
from objloc.models.backbones import application, classic, convolutional
from objloc.models.layers import PixelNormalization


@pytest.mark.parametrize(
    ("architecture", "strides"),
    [("VGG16", {"2", "4", "8", "16", "32"}), ("MobileNetV3Small", {"2", "4", "8", "16", "32"})],
)
def test_every_stride_is_tapped(architecture: str, strides: set[str]) -> None:
    model = application(64, architecture)
    assert set(model.output) == strides
    for stride, feature in model.output.items():
        assert feature.shape[1] == 64 // int(stride)
    assert any(isinstance(layer, PixelNormalization) for layer in model.layers) == (
        architecture == "VGG16"
    )


def test_weights_come_from_a_file_and_can_be_frozen(tmp_path: Path) -> None:
    source = keras.applications.MobileNetV3Small(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    file = tmp_path / "mobilenet.weights.h5"
    source.save_weights(file)
    model = application(64, "MobileNetV3Small", weights=str(file), frozen=True)
    kernel = next(weight for weight in source.weights if weight.ndim == 4)
    copied = next(weight for weight in model.weights if weight.ndim == 4)
    np.testing.assert_array_equal(kernel, copied)
    assert not model.trainable_weights


def test_missing_and_foreign_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"backbone\.weights=/nowhere\.h5: there is no such"):
        application(64, "MobileNetV3Small", weights="/nowhere.h5")
    foreign = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    foreign.save_weights(tmp_path / "dense.weights.h5")
    with pytest.raises(ConfigError, match="does not fit MobileNetV3Small"):
        application(64, "MobileNetV3Small", weights=str(tmp_path / "dense.weights.h5"))
    with pytest.raises(ConfigError, match=r"keras\.applications has no such network"):
        application(64, "MobileNetV99")


def test_caffe_pixels_are_bgr_less_the_mean() -> None:
    pixel = np.array([[[[255.0, 128.0, 0.0]]]], "float32")
    found = PixelNormalization("caffe")(pixel)
    expected = keras.applications.vgg16.preprocess_input(pixel.copy())
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_plain_and_classic_backbones_have_the_stated_levels() -> None:
    assert set(convolutional(64, [4, 8, 8], [0, 1, 0]).output) == {"2", "4", "8"}
    assert classic(144).output["32"].shape[1:] == (2, 2, 256)
    with pytest.raises(ValueError, match="2 widths but 1 residual_blocks"):
        convolutional(64, [4, 8], [0])
