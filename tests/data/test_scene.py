import numpy as np

from objloc.data.scene import VISIBLE_ALPHA, paste, premultiply, visible_box


def test_visible_box_is_tight_on_pixels_covered_by_half():
    rgba = np.zeros((8, 9, 4), np.uint8)
    rgba[2:5, 3:5, 3] = VISIBLE_ALPHA
    rgba[1, :, 3] = VISIBLE_ALPHA - 1  # a faint border counts for nothing
    # Pixel edges: columns 3 and 4 reach from 3 to 5.
    assert visible_box(rgba) == (3, 2, 5, 5)


def test_visible_box_of_nothing_is_none():
    assert visible_box(np.full((4, 4, 4), VISIBLE_ALPHA - 1, np.uint8)) is None


def test_paste_blends_by_alpha():
    image = np.full((3, 3, 3), 100, np.uint8)
    straight = np.array([[[200, 0, 50, 255], [200, 0, 50, 0], [200, 0, 50, 51]]], np.uint8)
    paste(image, premultiply(straight), 0, 1)
    assert (image[[0, 2]] == 100).all()
    # 51 / 255 is a fifth: 0.2 · 200 + 0.8 · 100 = 120, 80, 90
    assert image[1].tolist() == [[200, 0, 50], [100, 100, 100], [120, 80, 90]]


def test_paste_cuts_off_what_lies_outside():
    patch = np.full((4, 4, 4), 255, np.uint8)
    image = np.zeros((5, 6, 3), np.uint8)
    paste(image, patch, -2, 3)
    paste(image, patch, 5, -3)
    paste(image, patch, 6, 0)
    expected = np.zeros((5, 6), np.uint8)
    expected[3:, :2] = expected[0, 5] = 255
    assert (image == expected[:, :, None]).all()
