"""Maps as pictures."""

import numpy as np

from objloc.insight.heat_picture import heat_picture, overlay
from objloc.insight.maps.map_picture import map_picture
from objloc.insight.saliency_map import SaliencyMap
from tests.insight.maps.white_finder import SIDE, scene


def test_higher_is_lighter_and_no_number_is_grey() -> None:
    values = np.array([[0.0, 1.0, 2.0, np.nan]])
    picture = heat_picture(values)
    lightness = picture[0, :3].sum(axis=-1, dtype=int)
    assert lightness[0] < lightness[1] < lightness[2]
    assert picture[0, 3].tolist() == [128, 128, 128]


def test_limits_hold_the_scale() -> None:
    values = np.array([[0.0, 1.0, 5.0]])
    picture = heat_picture(values, lowest=0.0, highest=1.0)
    np.testing.assert_array_equal(picture[0, 1], picture[0, 2])
    half = heat_picture(values, lowest=0.0, highest=10.0)
    assert half[0, 2].tolist() != picture[0, 2].tolist()


def test_all_the_same_and_nothing_known_are_pictures_too() -> None:
    assert len(np.unique(heat_picture(np.full((2, 3), 7.0)).reshape(-1, 3), axis=0)) == 1
    assert (heat_picture(np.full((2, 3), np.nan)) == 128).all()


def test_the_strongest_place_is_coloured_and_where_nothing_is_the_picture_stays_grey() -> None:
    image = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    values = np.zeros((8, 8))
    values[3, 4] = 2.0
    picture = overlay(image, values)
    colourful = np.ptp(picture.astype(int), axis=-1)
    assert colourful[3, 4] > 20
    colourful[3, 4] = 0
    assert not colourful.any()


def test_a_map_is_drawn_large_with_the_side_that_it_explains() -> None:
    empty = np.zeros((SIDE, SIDE), np.float32)
    left, whole = (
        map_picture(scene(), SaliencyMap(empty, "method", quantity)).astype(int)
        for quantity in ("left", "detection")
    )
    assert left.shape == (256, 256, 3)

    def orange(picture: np.ndarray) -> np.ndarray:
        return (picture[..., 0] > 200) & (picture[..., 2] < 60)

    # The box (4, 6, 8, 10) of 16 px, enlarged 16 times.
    rows, columns = np.nonzero(orange(left))
    assert 90 < rows.min() <= 96
    assert rows.max() <= 161
    assert columns.min() >= 60
    assert columns.max() <= 68
    rows, columns = np.nonzero(orange(whole))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (96, 160, 64, 128)
