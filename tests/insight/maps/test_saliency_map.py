"""Numbers of a map, by hand."""

import numpy as np
import pytest

from objloc.insight.saliency_map import SaliencyMap

VALUES = np.zeros((8, 8), np.float32)
VALUES[2, 1], VALUES[2, 6], VALUES[5, 3] = 4, 1, 3
FOUND = SaliencyMap(VALUES, "method", "left")
EMPTY = SaliencyMap(np.zeros((8, 8), np.float32), "method", "left")
BOX = np.array([1, 2, 4, 4], np.float32)


def test_mass_inside_counts_pixels_by_their_centres() -> None:
    assert FOUND.mass_inside(BOX) == pytest.approx(4 / 8)
    assert FOUND.mass_inside(BOX, margin=1.6) == pytest.approx(7 / 8)
    assert FOUND.mass_inside(np.array([1.6, 0, 8, 8], np.float32)) == pytest.approx(4 / 8)


@pytest.mark.parametrize(
    ("side", "share"), [("left", 4 / 8), ("right", 4 / 8), ("top", 5 / 8), ("bottom", 3 / 8)]
)
def test_mass_on_a_side_is_split_at_the_boxs_middle(side, share: float) -> None:
    assert FOUND.mass_on_side(BOX, side) == pytest.approx(share)


def test_the_peak_is_the_strongest_pixel() -> None:
    assert FOUND.peak_inside(BOX)
    assert FOUND.peak_inside(np.array([2, 4, 8, 8], np.float32)) is False


def test_an_empty_map_has_no_numbers() -> None:
    assert np.isnan(EMPTY.mass_inside(BOX))
    assert np.isnan(EMPTY.mass_on_side(BOX, "left"))
    assert EMPTY.peak_inside(BOX) is None
