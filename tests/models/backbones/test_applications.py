"""Networks of keras.applications: strides, preprocessing, weights from a file."""

from pathlib import Path

import keras
import numpy as np
import pytest

from objloc.errors import ConfigError
from objloc.models.backbones import application, classic, convolutional
from objloc.models.backbones.applications import PIXEL_MODES
from objloc.models.heads.grid import Grid
from objloc.models.layers import PixelNormalization
from objloc.models.layers.pixel_normalization import MEAN_RGB, STD_RGB

TAPS = {
    "VGG16": ["block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3", "block5_pool"],
    "MobileNetV2": [
        "block_1_expand_relu",
        "block_3_expand_relu",
        "block_6_expand_relu",
        "block_13_expand_relu",
        "out_relu",
    ],
    # The sum of a block is neither normalised nor activated; the next block does both.
    "ResNet50V2": [
        "conv1_conv",
        "conv2_block3_preact_relu",
        "conv3_block4_preact_relu",
        "conv4_block6_preact_relu",
        "post_relu",
    ],
    # Before the 1×1 convolution that halves the channels.
    "DenseNet121": ["conv1_relu", "pool2_relu", "pool3_relu", "pool4_relu", "relu"],
}
"""By architecture: the layers whose output is tapped at strides 2, 4, 8, 16 and 32."""


@pytest.mark.parametrize("architecture", TAPS)
def test_the_output_of_the_last_block_is_tapped(architecture: str) -> None:
    model = application(64, architecture)
    for stride, name in zip((2, 4, 8, 16, 32), TAPS[architecture], strict=True):
        assert model.output[str(stride)] is model.get_layer(name).output
        assert model.output[str(stride)].shape[1] == 64 // stride
    assert any(isinstance(layer, PixelNormalization) for layer in model.layers)


def test_the_sum_is_tapped_and_not_the_branch() -> None:
    model = application(64, "ConvNeXtTiny")
    shapes = {stride: feature.shape[1:] for stride, feature in model.output.items()}
    assert shapes == {"4": (16, 16, 96), "8": (8, 8, 192), "16": (4, 4, 384), "32": (2, 2, 768)}
    sums = [each.output for each in model.operations if isinstance(each, keras.src.ops.numpy.Add)]
    for stride in ("4", "8", "16"):
        assert any(model.output[stride] is each for each in sums)


@pytest.mark.slow
def test_cells_that_read_two_earlier_ones_are_tapped_at_their_concatenation() -> None:
    # A normal cell joins 6 maps of 44, 88 or 176 channels, a cell of the stem 4 of 11.
    shapes = {s: f.shape[1:] for s, f in application(64, "NASNetMobile").output.items()}
    assert {stride: shape[-1] for stride, shape in shapes.items()} == {
        "2": 32,
        "4": 4 * 11,
        "8": 6 * 44,
        "16": 6 * 88,
        "32": 6 * 176,
    }


def test_half_a_cell_is_left_out_as_the_network_does() -> None:
    sizes = [feature.shape[1] for feature in application(200, "VGG16").output.values()]
    assert sizes == [100, 50, 25, 12, 6]


@pytest.mark.slow
def test_maps_of_unpadded_networks_are_brought_to_the_cells_of_the_picture() -> None:
    model = application(96, "InceptionV3")
    sizes = {stride: feature.shape[1] for stride, feature in model.output.items()}
    assert sizes == {"2": 48, "4": 24, "8": 12, "16": 6, "32": 3}
    # 9 cells of 12: the map stays in the middle.
    assert model.get_layer("mixed2").output.shape[1] == 9
    image = np.random.default_rng(0).uniform(0, 255, (1, 96, 96, 3))
    found = np.abs(keras.ops.convert_to_numpy(model(image)["8"])).sum(axis=(0, 3))
    assert (found[1:10, 1:10] > 0).all()
    assert found.sum() == pytest.approx(found[1:10, 1:10].sum())
    head = Grid(num_classes=2, stride=8)
    assert head(model(image))["boxes"].shape == (1, 144, 4)
    with pytest.raises(ConfigError, match=r"InceptionV3 cannot be built for pictures of 64 px"):
        application(64, "InceptionV3")


def test_pixels_are_prepared_as_keras_does_it() -> None:
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 4, 4, 3)).astype("float32")
    names = [name for name in dir(keras.applications) if name[0].isupper()]
    assert len(names) >= 38
    for name in names:
        module = getattr(keras.applications, name).__module__.rpartition(".")[2]
        expected = getattr(keras.applications, module).preprocess_input(pixels.copy())
        mode = next((mode for mode, listed in PIXEL_MODES.items() if name in listed), None)
        # Networks without a mode have the preparation inside, and Keras' function does nothing.
        found = pixels if mode is None else PixelNormalization(mode)(pixels)
        np.testing.assert_allclose(found, expected, atol=1e-4, err_msg=name)


@pytest.fixture(scope="module")
def small() -> keras.Model:
    return keras.applications.MobileNetV3Small(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )


@pytest.mark.parametrize("name", ["m.weights.h5", "whole_model.h5"])
def test_weights_come_from_a_file_and_can_be_frozen(
    small: keras.Model, name: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    small.save(file) if name == "whole_model.h5" else small.save_weights(file)
    model = application(96, "MobileNetV3Small", weights=str(file), frozen=True)
    assert len(model.weights) == len(small.weights)
    for found, wanted in zip(model.weights, small.weights, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert not model.trainable_weights


def test_a_file_of_a_network_with_its_top(tmp_path: Path) -> None:
    whole = keras.applications.MobileNetV3Small(weights=None, classes=7)
    whole.save_weights(tmp_path / "whole.weights.h5")
    # Here layers are found by their kind and number, and the top is left over.
    model = application(64, "MobileNetV3Small", weights=str(tmp_path / "whole.weights.h5"))
    for found, wanted in zip(model.weights, whole.weights, strict=False):
        np.testing.assert_array_equal(found, wanted)
    whole.save(tmp_path / "whole.h5")
    with pytest.raises(ConfigError, match="include_top=False"):
        application(64, "MobileNetV3Small", weights=str(tmp_path / "whole.h5"))


def _normalization(model: keras.Model) -> keras.layers.Normalization:
    return next(each for each in model.layers if isinstance(each, keras.layers.Normalization))


def test_pixels_of_fetched_efficient_nets_are_scaled_once_more(tmp_path: Path) -> None:
    source = keras.applications.EfficientNetB0(
        include_top=False, weights=None, input_shape=(32, 32, 3)
    )
    mean, deviation = np.array(MEAN_RGB, "float32"), np.array(STD_RGB, "float32")
    _normalization(source).set_weights([mean, deviation**2, np.zeros((), "int32")])
    source.save_weights(tmp_path / "b0.weights.h5")
    model = application(32, "EfficientNetB0", weights=str(tmp_path / "b0.weights.h5"))
    pixel = np.array([[[[0.0, 0.5, 1.0]]]], "float32")
    found = _normalization(model)(pixel)
    np.testing.assert_allclose(found, (pixel - mean) / deviation / np.sqrt(deviation), rtol=1e-5)


def test_missing_and_foreign_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"backbone\.weights=/nowhere\.h5: there is no such"):
        application(64, "MobileNetV3Small", weights="/nowhere.h5")
    foreign = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    foreign.save_weights(tmp_path / "dense.weights.h5")
    with pytest.raises(ConfigError, match="does not fit MobileNetV3Small"):
        application(64, "MobileNetV3Small", weights=str(tmp_path / "dense.weights.h5"))
    with pytest.raises(ConfigError, match=r"keras\.applications has no such network"):
        application(64, "MobileNetV99")


def test_plain_and_classic_backbones_have_the_stated_levels() -> None:
    assert set(convolutional(64, [4, 8, 8], [0, 1, 0]).output) == {"2", "4", "8"}
    assert classic(144).output["32"].shape[1:] == (2, 2, 256)
    with pytest.raises(ValueError, match="2 widths but 1 residual_blocks"):
        convolutional(64, [4, 8], [0])
