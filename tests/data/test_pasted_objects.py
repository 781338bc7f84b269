"""What is pasted is looked for in the pixels: its colour, its place, and what it hides."""

import numpy as np
import pytest

from objloc.data import BatchForm
from objloc.data.boxed_picture import BoxedPicture
from objloc.data.combined_pictures import Combination
from objloc.data.pasted_objects import paste
from tests.data.test_combined_pictures import COLOURS, boxed, coloured, tight

FORM = BatchForm(64)


def pasted(
    onto: BoxedPicture,
    other: BoxedPicture,
    seed: int,
    scale: float = 1.0,
    form: BatchForm = FORM,
) -> BoxedPicture:
    return paste(onto, other, scale, form, np.random.default_rng(seed))


def square(*boxes: tuple[float, float, float, float]) -> BoxedPicture:
    return boxed(boxes, label=0, size=(64, 64))


@pytest.mark.parametrize("scale", [1.0, 1.5, 0.6])
def test_the_object_is_where_its_box_says(scale: float):
    other, places = boxed([(20, 10, 44, 40)], 2, size=(64, 64)), set()
    for seed in range(20):
        shown = pasted(square(), other, seed, scale)
        assert shown.labels.tolist() == [2]
        box = shown.boxes[0]
        np.testing.assert_allclose(box[2:] - box[:2], np.array([24, 30]) * scale, atol=0.8)
        # An ellipse reaches the middles of its box's sides; its soft edge ends near them.
        np.testing.assert_allclose(tight(coloured(shown.image, 2)), box, atol=1.6)
        places.add(tuple(box.tolist()))
    assert len(places) > 15


def test_corners_of_the_box_show_what_was_there_before():
    white = square()
    white.image[:] = 255
    shown = pasted(white, boxed([(20, 10, 44, 40)], 2, size=(64, 64)), 0)
    x1, y1, x2, y2 = shown.boxes[0].round().astype(int)
    corners = shown.image[[y1, y1, y2 - 1, y2 - 1], [x1, x2 - 1, x1, x2 - 1]]
    assert (corners == 255).all()
    assert shown.image[(y1 + y2) // 2, (x1 + x2) // 2].tolist() == [0, 0, 255]


def test_the_edge_is_soft():
    other = boxed([(10, 10, 50, 50)], 2, size=(64, 64))
    other.image[:] = COLOURS[2]  # around the object, too
    shown = pasted(square(), other, 0)
    _, y1, _, y2 = shown.boxes[0].round().astype(int)
    row = shown.image[(y1 + y2) // 2, :, 2].astype(int)
    assert row.min() == 0
    assert row.max() == 255
    assert np.abs(np.diff(row)).max() < 128


def test_neither_picture_is_written_to():
    onto, other = square((5, 5, 15, 15)), boxed([(20, 10, 44, 40)], 2)
    before = onto.image.copy(), other.image.copy()
    shown = pasted(onto, other, 0)
    assert len(shown.boxes) == 2
    assert np.array_equal(onto.image, before[0])
    assert np.array_equal(other.image, before[1])


def test_nothing_is_hidden_by_more_than_a_fifth():
    onto = square((0, 0, 30, 64), (40, 30, 64, 64))
    other = boxed([(20, 10, 40, 34)], 2, size=(64, 64))
    hits = 0
    for seed in range(100):
        shown = pasted(onto, other, seed)
        if len(shown.boxes) == 2:
            assert shown is onto
            continue
        hits += 1
        new = shown.boxes[2]
        for old in onto.boxes:
            width = min(new[2], old[2]) - max(new[0], old[0])
            height = min(new[3], old[3]) - max(new[1], old[1])
            assert max(width, 0) * max(height, 0) <= 0.2 * 20 * 24 + 1e-3
    assert hits > 50


def test_where_there_is_no_room_nothing_is_pasted():
    full = square((0, 0, 64, 64))
    assert pasted(full, boxed([(20, 10, 44, 40)], 2), 0) is full
    empty = square()
    assert pasted(empty, boxed([(0, 0, 64, 64)], 2, size=(64, 64)), 0, scale=1.5) is empty


def test_nothing_is_taken_from_a_picture_without_objects_that_count():
    onto = square()
    assert pasted(onto, boxed([], 2), 0) is onto
    assert pasted(onto, boxed([(5, 5, 20, 20)], 2, ignore=True), 0) is onto


def test_no_part_of_a_neighbour_comes_along():
    other = boxed([(10, 10, 40, 50), (15, 15, 25, 25), (44, 10, 60, 30)], 1, size=(64, 64))
    for seed in range(30):
        shown = pasted(square(), other, seed, scale=0.8)
        np.testing.assert_allclose(shown.boxes[0, 2] - shown.boxes[0, 0], 16 * 0.8, atol=0.8)


def test_every_class_is_as_likely_however_rare():
    other = boxed([(3 * i, 3 * j, 3 * i + 3, 3 * j + 3) for i in range(7) for j in range(7)], 1)
    other.labels[-1] = 3
    taken = [int(pasted(square(), other, seed).labels[0]) for seed in range(400)]
    assert set(taken) == {1, 3}
    assert 160 < taken.count(3) < 240


def test_sizes_follow_the_form_and_areas_their_boxes():
    other = boxed([(30, 20, 60, 40)], 2, size=(60, 90))
    stretched = pasted(square(), other, 0, form=BatchForm(64, resize_mode="stretch"))
    sides = stretched.boxes[0, 2:] - stretched.boxes[0, :2]
    np.testing.assert_allclose(sides, [30 * 64 / 90, 20 * 64 / 60], atol=0.8)
    np.testing.assert_allclose(stretched.areas(), sides.prod() / 2, rtol=1e-5)


def drawn(paste: int, seed: int, most: int = 100, mosaic: float = 0.0) -> BoxedPicture:
    def read(index: int) -> BoxedPicture:
        return boxed([(2, 2, 10, 10)], index, size=(64, 64))

    rng = np.random.default_rng(seed)
    return Combination(mosaic=mosaic, paste=paste).draw(read, 1, 4, BatchForm(64, most), 0.3, rng)


def test_the_number_is_drawn_up_to_the_largest():
    counts = [len(drawn(3, seed).boxes) - 1 for seed in range(200)]
    assert set(counts) == {0, 1, 2, 3}
    assert 1.2 < np.mean(counts) < 1.8


def test_no_more_than_there_is_room_for_in_the_targets():
    assert max(len(drawn(6, seed, most=3).boxes) for seed in range(30)) == 3


def test_the_same_seed_draws_the_same():
    one, other = drawn(4, 3, mosaic=0.5), drawn(4, 3, mosaic=0.5)
    assert np.array_equal(one.image, other.image)
    assert np.array_equal(one.boxes, other.boxes)
