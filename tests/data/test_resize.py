import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objloc.data.resize import Resize, resize

sides = st.integers(1, 400)


@given(
    width=sides,
    height=sides,
    size=st.integers(8, 256),
    mode=st.sampled_from(["letterbox", "stretch"]),
    corners=st.tuples(*[st.floats(0, 1) for _ in range(4)]),
)
def test_boxes_come_back(width: int, height: int, size: int, mode, corners):
    image = np.zeros((height, width, 3), np.uint8)
    resized, transform = resize(image, size, mode)
    assert resized.shape == (size, size, 3)
    boxes = np.array([corners], np.float32) * [width, height, width, height]
    inside = transform.apply(boxes)
    assert inside.min() >= -1e-3
    assert inside.max() <= size + 1e-3
    np.testing.assert_allclose(transform.undo(inside), boxes, atol=2e-3 * max(width, height))


def test_the_right_size_is_left_alone():
    image = np.zeros((32, 32, 3), np.uint8)
    resized, transform = resize(image, 32)
    assert resized is image
    assert transform == Resize()


@pytest.mark.parametrize(("mode", "expected"), [("letterbox", [4, 10, 8, 14]), ("stretch", None)])
def test_boxes_follow_the_pixels(mode, expected):
    # A white square of 8 px at (8, 4) of a picture of 64 × 32.
    image = np.zeros((32, 64, 3), np.uint8)
    image[4:12, 8:16] = 255
    resized, transform = resize(image, 32, mode)
    rows, columns = np.nonzero((resized == 255).all(axis=2))
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    box = transform.apply(np.array([[8, 4, 16, 12]], np.float32))[0].tolist()
    assert box == seen
    assert expected is None or box == expected


def test_letterbox_bars_are_grey():
    resized, _ = resize(np.zeros((10, 40, 3), np.uint8), 40)
    assert (resized[:15] == 114).all()
    assert (resized[15:25] == 0).all()
    assert (resized[25:] == 114).all()
