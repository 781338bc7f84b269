import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objloc.data.scene import visible_box
from objloc.data.sprites import Sprite
from objloc.errors import DataError


def disc(width: int, height: int, margin: int = 3) -> np.ndarray:
    """A white ellipse on a transparent picture with a margin, its edge smooth."""
    y, x = np.mgrid[: height + 2 * margin, : width + 2 * margin]
    distance = np.hypot(
        (x - margin - width / 2 + 0.5) / (width / 2), (y - margin - height / 2 + 0.5) / (height / 2)
    )
    rgba = np.full((*distance.shape, 4), 255, np.uint8)
    rgba[..., 3] = np.clip((1 - distance) * min(width, height) / 2 + 0.5, 0, 1) * 255
    return rgba


@given(
    width=st.integers(40, 200),
    height=st.integers(40, 200),
    sizes=st.tuples(st.integers(8, 100), st.integers(8, 100), st.integers(8, 100)).map(sorted),
)
def test_a_size_is_the_longer_side_of_what_is_seen(width: int, height: int, sizes: list[int]):
    smallest, size, largest = sizes
    scaled = Sprite("disc", disc(width, height), smallest, largest).scaled(size)
    assert max(scaled.shape[:2]) == size
    x1, y1, x2, y2 = visible_box(scaled)
    # The outermost row of a round thing may be covered by less than half after scaling.
    assert size - 2 <= max(x2 - x1, y2 - y1) <= size
    assert (scaled[..., :3] <= scaled[..., 3:]).all(), "not premultiplied"


def test_a_turned_sprite_stays_inside_its_extent():
    # The diagonal of a square; of a disc not even that.
    square = np.full((60, 60, 4), 255, np.uint8)
    assert Sprite("square", square, 50, 50).turned_extent() == 71 + 2
    assert 50 + 2 <= Sprite("disc", disc(60, 60), 50, 50).turned_extent() <= 55


def test_a_transparent_picture_is_refused():
    with pytest.raises(DataError, match=r"ghost\.png: the sprite is fully transparent"):
        Sprite("ghost.png", np.full((9, 9, 4), 100, np.uint8), 5, 9)


def test_a_sprite_that_fades_away_when_small_is_refused():
    # Lines of 1 px, 8 px apart, cover an eighth of a small pixel.
    lines = np.zeros((128, 128, 4), np.uint8)
    lines[::8] = 255
    Sprite("lines", lines, 100, 128)
    with pytest.raises(DataError, match=r"lines: nothing is left of the sprite at 12 px"):
        Sprite("lines", lines, 12, 128)


def test_sizes_below_the_ladder_are_averaged():
    # Bars of 5 px, a quarter of them opaque: what skips pixels would show them as all or nothing.
    bars = np.zeros((200, 200, 4), np.uint8)
    bars[:, ::4] = 255
    sprite = Sprite("square", np.full((200, 200, 4), 255, np.uint8), 64, 128)
    assert sprite.scaled(5).shape == (5, 5, 4)
    assert (sprite.scaled(5) == 255).all()
    framed = np.full((200, 200, 4), 255, np.uint8)
    framed[..., :3] = np.where(bars[..., :1] > 0, 255, 0)
    small = Sprite("bars", framed, 64, 128).scaled(5)[..., 0]
    assert np.abs(small.astype(int) - 64).max() <= 12
