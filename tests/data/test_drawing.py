import numpy as np
import pytest

from objloc.data.drawing import PREDICTION_COLOUR, TRUTH_COLOUR, draw_boxes, tile


def pixels_of(image: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.argwhere((image == colour).all(axis=2))


def test_a_box_is_framed_just_outside_its_pixels_in_a_sharp_enlargement():
    image = np.zeros((64, 64, 3), np.uint8)
    image[20:30, 10:40] = 200
    drawn = draw_boxes(image, np.array([[10.0, 20, 40, 30]]), [""], [TRUTH_COLOUR])
    assert drawn.shape == (256, 256, 3)
    rows, columns = pixels_of(drawn, TRUTH_COLOUR).T
    # Four times as large; the coloured line is within 2 px of the edge, outside of it.
    assert (rows.min(), rows.max() + 1) == (20 * 4 - 2, 30 * 4 + 2)
    assert (columns.min(), columns.max() + 1) == (10 * 4 - 2, 40 * 4 + 2)
    inside = drawn[81:119, 41:159]
    assert (inside == 200).all()
    assert (image[20:30, 10:40] == 200).all()
    assert image.sum() == 200 * 300 * 3, "the picture itself was drawn on"


def test_labels_stand_beside_each_other_and_inside_the_picture():
    image = np.full((128, 128, 3), 90, np.uint8)
    boxes = np.array([[0.0, 0, 128, 128], [1, 1, 127, 127], [-5, 60, 300, 61]])
    drawn = draw_boxes(image, boxes, ["truth"] * 3, [TRUTH_COLOUR, PREDICTION_COLOUR, (1, 2, 3)])
    assert drawn.shape == (256, 256, 3)
    # Labels are filled: far more pixels than the frame's lines in the rows they stand in.
    for colour in (TRUTH_COLOUR, PREDICTION_COLOUR):
        rows = pixels_of(drawn, colour)[:, 0]
        assert (np.bincount(rows, minlength=256) > 20).sum() >= 8


def test_large_pictures_keep_their_size():
    image = np.zeros((300, 400, 3), np.uint8)
    assert draw_boxes(image, np.zeros((0, 4)), [], []).shape == image.shape


def test_tile_puts_pictures_row_by_row():
    images = [np.full((4, 6, 3), level, np.uint8) for level in (0, 10, 20)]
    sheet = tile([*images, np.full((2, 2, 3), 30, np.uint8)], columns=3, gap=2)
    assert sheet.shape == (4 + 2 + 4, 6 * 3 + 2 * 2, 3)
    assert sheet[0, [0, 8, 16], 0].tolist() == [0, 10, 20]
    assert sheet[:, 6].tolist() == [[128] * 3] * 10
    assert sheet[7:9, 2:4].tolist() == [[[30] * 3] * 2] * 2


def test_an_empty_sheet_is_an_error():
    with pytest.raises(ValueError, match="0 pictures in 3 columns"):
        tile([], 3)


def test_many_boxes_leave_more_of_the_picture_to_see():
    image = np.full((256, 256, 3), 90, np.uint8)
    few = np.array([[x, 40.0, x + 30, 70] for x in (10, 60, 110, 160)])
    many = np.concatenate([few + np.array([0, step, 0, step]) for step in (0, 50, 100, 150)])

    def drawn(boxes: np.ndarray) -> int:
        """Pixels of the upper four boxes and their names."""
        picture = draw_boxes(image, boxes, ["owl"] * len(boxes), [TRUTH_COLOUR] * len(boxes))
        return int((picture[:74] != 90).any(axis=2).sum())

    assert 0 < drawn(many) < 0.7 * drawn(few)
