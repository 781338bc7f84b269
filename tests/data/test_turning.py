import numpy as np
import pytest

from objloc.data.scene import visible_box
from objloc.data.turning import turned


def test_quarter_turns_are_exact_and_anticlockwise():
    rng = np.random.default_rng(0)
    square = rng.integers(0, 255, (7, 7, 4), dtype=np.uint8)
    square[..., 3] = 255
    for quarters in range(-1, 5):
        found = turned(square, 90 * quarters).astype(int)
        assert np.abs(found - np.rot90(square, quarters)).max() <= 1


@pytest.mark.parametrize("degrees", [30, 45.0, -60])
def test_nothing_of_a_turned_sprite_is_cut_off(degrees: float):
    square = np.full((20, 20, 4), 255, np.uint8)
    shape = turned(square, degrees)
    x1, y1, x2, y2 = visible_box(shape)
    angle = np.radians(degrees)
    side = 20 * (abs(np.cos(angle)) + abs(np.sin(angle)))
    assert x2 - x1 == pytest.approx(side, abs=1.5)
    assert y2 - y1 == pytest.approx(side, abs=1.5)
    assert shape[..., 3].sum() / 255 == pytest.approx(400, rel=0.02)
