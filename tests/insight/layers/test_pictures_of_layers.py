"""Sheets of feature maps and of filters show what is in them."""

import keras
import numpy as np
import pytest

from objloc.insight.heat_picture import heat_picture
from objloc.insight.layers.feature_sheet import feature_sheet
from objloc.insight.layers.first_filters import first_filters
from objloc.models import Localizer
from objloc.models.heads.regression import Regression
from objloc.models.layers import PixelNormalization
from tests.insight.layers.small_models import head_of, of_layers, small


def test_the_busiest_channels_come_first_as_sharp_squares() -> None:
    activation = np.zeros((4, 8, 5), np.float32)
    ramp = np.arange(32, dtype=np.float32).reshape(4, 8)
    activation[..., 1], activation[..., 3], activation[..., 4] = ramp, 5 * ramp, -2 * ramp
    activation[..., 2] = 7
    sheet = feature_sheet(activation, most=2)
    assert (sheet.channels, sheet.left_out, sheet.still) == ((3, 4), 1, 2)
    # Cells of 16 × 16 pixels: 4 of them make 64.
    assert sheet.picture.shape == (64, 2 * 128 + 4, 3)
    first = sheet.picture[:, :128]
    np.testing.assert_array_equal(first[::16, ::16], heat_picture(ramp))
    np.testing.assert_array_equal(first, np.kron(first[::16, ::16], np.ones((16, 16, 1))))
    np.testing.assert_array_equal(sheet.picture[::16, 132::16], heat_picture(-ramp))


def test_a_map_that_says_nothing_has_no_tiles() -> None:
    sheet = feature_sheet(np.full((3, 3, 4), 2, np.float32))
    assert (sheet.channels, sheet.left_out, sheet.still) == ((), 0, 4)
    assert len(np.unique(sheet.picture.reshape(-1, 3), axis=0)) == 1


def test_the_filters_picture_is_the_kernel() -> None:
    model = small(head_of("grid"))
    filters = first_filters(model)
    assert filters is not None
    assert filters.path == "backbone/down_2/convolution"
    kernel = model.backbone.get_layer("down_2").convolution.get_weights()[0]
    norms = np.sqrt((kernel**2).sum(axis=(0, 1, 2)))
    assert list(filters.order) == list(np.argsort(-norms))
    picture = filters.picture().astype(float)
    tile, frame = 48, 3  # 16 pixels a weight
    for place, index in enumerate(filters.order):
        row, column = divmod(place, 3)
        top, left = row * (tile + 2 * frame) + frame, column * (tile + 2 * frame) + frame
        shown = picture[top : top + tile, left : left + tile][8::16, 8::16]
        weights = (shown - 127.5) / 127.5 * filters.strongest
        np.testing.assert_allclose(weights, kernel[..., index], atol=filters.strongest / 250)


@pytest.mark.parametrize(("mode", "channel"), [("caffe", 2), ("tf", 0)])
def test_red_is_red_where_a_network_reads_blue_first(mode: str, channel: int) -> None:
    convolution = keras.layers.Conv2D(1, 3, name="first")
    model = of_layers([PixelNormalization(mode), convolution], 16)
    kernel = np.zeros((3, 3, 3, 1), np.float32)
    kernel[:, :, channel] = 1
    convolution.set_weights([kernel, np.zeros(1, np.float32)])
    filters = first_filters(model)
    assert filters is not None
    red, green, blue = filters.picture()[27, 27]
    assert (red, green, blue) == (255, 128, 128)


def test_a_network_without_convolutions_of_colours_has_no_filters() -> None:
    images = keras.Input((8, 8, 3), name="images")
    backbone = keras.Model(images, {"2": keras.layers.AveragePooling2D(2)(images)})
    assert first_filters(Localizer(backbone, Regression(1), ["a"], 8)) is None
