"""Objects over each other: worked out by hand, and repainted pixel by pixel."""

import numpy as np
import pytest

from objloc.data.scene import VISIBLE_ALPHA, Placement, visible_box
from objloc.data.scene_layout import DrawnObject, place_one, place_several


def drawn(alpha: np.ndarray, label: int = 0) -> DrawnObject:
    patch = np.zeros((*alpha.shape, 4), np.uint8)
    patch[..., 3] = alpha
    box = visible_box(patch)
    assert box is not None
    return DrawnObject(patch, label, box)


def shape(*rows: str, label: int = 0) -> DrawnObject:
    """`#` is covered, `.` is not. Shapes as wide and high as the scene have but one place."""
    return drawn(255 * np.array([[mark == "#" for mark in row] for row in rows], np.uint8), label)


def placed(objects: list[DrawnObject], max_overlap: float) -> list[tuple[int, tuple[int, ...]]]:
    """The label and the box of each object that has a place in a scene of 4 px."""
    rng = np.random.default_rng(0)
    return [(one.label, one.box) for one in place_several(objects, 4, max_overlap, rng)]


WHOLE = shape("####", "####", "####", "####", label=0)
TOP_AND_CORNER = shape("####", "....", "....", "...#", label=1)  # 5 of the 16
SIDES = shape("#..#", "#..#", "#..#", "#..#", label=2)  # 8 of the 16, 3 of the 5
CORNERS = shape("#...", "....", "....", "...#", label=3)


def test_a_box_is_that_of_what_remains_to_be_seen():
    assert placed([WHOLE, TOP_AND_CORNER], 0.5) == [(0, (0, 1, 4, 4)), (1, (0, 0, 4, 4))]
    # Of the whole, columns 1 and 2 below the first row; of the top, the middle of the first row.
    assert placed([WHOLE, TOP_AND_CORNER, SIDES], 0.7) == [
        (0, (1, 1, 3, 4)),
        (1, (1, 0, 3, 1)),
        (2, (0, 0, 4, 4)),
    ]


def test_what_later_objects_hide_adds_up():
    # The top hides 5 / 16 of the whole, the sides 5 more: each by itself would be fine.
    assert 5 / 16 < 8 / 16 < 0.6 < 10 / 16
    labels = [label for label, _ in placed([WHOLE, TOP_AND_CORNER, SIDES], 0.6)]
    assert labels == [0, 1]
    assert [label for label, _ in placed([WHOLE, SIDES], 0.6)] == [0, 2]
    # A pixel that is hidden already isn't hidden again: the corners lie over the top alone.
    assert [label for label, _ in placed([WHOLE, TOP_AND_CORNER, CORNERS], 0.4)] == [0, 1, 3]


@pytest.mark.parametrize(("max_overlap", "taken"), [(5 / 16, [0, 1]), (0.3124, [0]), (0.0, [0])])
def test_the_limit_itself_is_allowed(max_overlap: float, taken: list[int]):
    assert [label for label, _ in placed([WHOLE, TOP_AND_CORNER], max_overlap)] == taken


def test_something_of_an_object_is_always_seen():
    assert [label for label, _ in placed([CORNERS, WHOLE], 1.0)] == [3]
    nearly = shape("####", "####", "####", "###.", label=4)
    assert placed([CORNERS, nearly], 1.0) == [(3, (3, 3, 4, 4)), (4, (0, 0, 4, 4))]


def test_what_finds_no_place_is_left_out_and_the_next_one_is_tried():
    speck = shape("#", label=5)
    assert [label for label, _ in placed([SIDES, WHOLE, WHOLE], 0.4)] == [2]
    assert [label for label, _ in placed([SIDES, WHOLE, speck], 0.4)] == [2, 5]


def test_an_object_fits_into_the_hole_of_another():
    ring = shape("####", "#..#", "#..#", "####", label=1)
    inside = shape("##", "##", label=2)
    ((_, ring_box), (_, box)) = placed([ring, inside], 0.0)
    assert ring_box == (0, 0, 4, 4)
    assert box == (1, 1, 3, 3)


def test_faint_pixels_neither_hide_nor_count():
    faint = np.full((4, 4), VISIBLE_ALPHA - 1, np.uint8)
    faint[0, 0] = faint[3, 3] = VISIBLE_ALPHA
    assert placed([WHOLE, drawn(faint, label=1)], 2 / 16) == [(0, (0, 0, 4, 4)), (1, (0, 0, 4, 4))]


def test_every_place_is_equally_likely_and_inside():
    alpha = np.zeros((6, 5), np.uint8)
    alpha[2:4, 1:4] = 255  # 3 × 2, with a border that may lie outside of the scene
    one, rng = drawn(alpha), np.random.default_rng(1)
    counts = np.zeros((7, 6), int)  # [tops 0..6, lefts 0..5] in a scene of 8 px
    for _ in range(4200):
        placement = place_one(one, 8, rng)
        x1, y1, x2, y2 = placement.box
        assert (x2 - x1, y2 - y1) == (3, 2)
        assert (placement.left + 1, placement.top + 2) == (x1, y1)
        counts[y1, x1] += 1
    # 100 each, with a standard deviation of 10.
    assert 60 < counts.min() <= counts.max() < 140


def repaint(placements: list[Placement], side: int) -> np.ndarray:
    """Whose each pixel is, −1 for the background: one pixel after the other."""
    owner = np.full((side, side), -1)
    for number, placement in enumerate(placements):
        for y, x in np.argwhere(placement.patch[..., 3] >= VISIBLE_ALPHA):
            owner[placement.top + y, placement.left + x] = number
    return owner


@pytest.mark.parametrize("max_overlap", [0.0, 0.2, 0.5, 1.0])
def test_boxes_and_hidden_shares_are_those_of_a_repaint(max_overlap: float):
    side, taken, offered, most_hidden = 24, 0, 0, 0.0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        objects = []
        for label in range(int(rng.integers(1, 12))):
            alpha = rng.integers(0, 256, rng.integers(2, 11, 2), dtype=np.uint8)
            alpha[1, 1] = 255
            objects.append(drawn(alpha, label))
        placements = place_several(objects, side, max_overlap, rng)
        labels = [placement.label for placement in placements]
        assert labels == sorted(set(labels)), "the order is that of painting"
        assert labels[0] == 0, "the first one always finds a place"
        owner = repaint(placements, side)
        for number, placement in enumerate(placements):
            rows, columns = np.nonzero(owner == number)
            seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert placement.box == seen
            whole = (placement.patch[..., 3] >= VISIBLE_ALPHA).sum()
            hidden = (whole - len(rows)) / whole
            assert hidden <= max_overlap
            most_hidden = max(most_hidden, hidden)
        offered += len(objects)
        taken += len(placements)
    # The limit is made use of, and few are left out.
    assert most_hidden >= 0.8 * max_overlap
    assert taken > 0.8 * offered
