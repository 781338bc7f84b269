"""Boxes on the square are measured again from the pixels, or computed by hand."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from objloc.data import BatchForm
from objloc.data.boxed_picture import BoxedPicture
from objloc.data.combined_pictures import Combination, blend, mosaic, on_square

GREY = [114] * 3
COLOURS = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)], np.uint8)
Box = tuple[float, float, float, float]


def boxed(
    boxes: Sequence[Box], label: int = 0, size: tuple[int, int] = (60, 90), ignore: bool = False
) -> BoxedPicture:
    """Rectangles of the label's colour on black; each object covers half of its box."""
    image = np.zeros((*size, 3), np.uint8)
    for x1, y1, x2, y2 in boxes:
        image[int(y1) : int(y2), int(x1) : int(x2)] = COLOURS[label]
    sides = np.array(boxes, np.float32).reshape(-1, 4)
    box_area = ((sides[:, 2] - sides[:, 0]) * (sides[:, 3] - sides[:, 1])).astype(np.float64)
    count = len(boxes)
    return BoxedPicture(
        image=image,
        boxes=sides,
        labels=np.full(count, label, np.int32),
        ignore=np.full(count, ignore),
        area=box_area / 2,
        box_area=box_area,
    )


def nearest(image: np.ndarray) -> np.ndarray:
    """The label whose colour is nearest to each pixel; what is nearer to black or grey: more."""
    palette = np.concatenate([COLOURS, [[0] * 3, GREY]]).astype(np.int32)
    far = [np.square(image.astype(np.int32) - colour).sum(axis=-1) for colour in palette]
    return np.argmin(far, axis=0)


def coloured(image: np.ndarray, label: int) -> np.ndarray:
    """Where the label's colour is nearer than black, grey or another colour."""
    return nearest(image) == label


def tight(mask: np.ndarray) -> list[int]:
    rows, columns = np.nonzero(mask)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_a_picture_at_its_own_size_lies_at_a_random_place_beside_grey():
    picture, places = boxed([(10, 20, 30, 50)]), set()
    for seed in range(20):
        shown = on_square(picture, 1.0, BatchForm(90), 0.3, np.random.default_rng(seed))
        assert shown.image.shape == (90, 90, 3)
        top = int(shown.boxes[0, 1]) - 20
        places.add(top)
        assert np.array_equal(shown.image[top : top + 60], picture.image)
        assert (shown.image[:top] == GREY).all()
        assert (shown.image[top + 60 :] == GREY).all()
        assert shown.boxes.tolist() == [[10, 20 + top, 30, 50 + top]]
        assert shown.areas().tolist() == [300]
    assert len(places) > 10
    assert 0 <= min(places) <= 5
    assert 25 <= max(places) <= 30


def test_a_smaller_picture_by_hand():
    # 90 × 60 px by a half, onto a square of 90: 45 × 30 px.
    shown = on_square(boxed([(10, 20, 30, 50)]), 0.5, BatchForm(90), 0.3, np.random.default_rng(1))
    x, y = shown.boxes[0, :2] - [5, 10]
    assert shown.boxes.tolist() == [[5 + x, 10 + y, 15 + x, 25 + y]]
    assert shown.boxes.tolist() == [tight(coloured(shown.image, 0))]
    assert shown.areas().tolist() == [75]
    assert (shown.image != GREY).any(axis=2).sum() == 45 * 30


@pytest.mark.parametrize("min_visible", [0.0, 0.6])
def test_a_larger_picture_fills_the_square_with_a_random_part(min_visible: float):
    shares = []
    for seed in range(60):
        # Doubled, 45 of its 90 columns fill the square, and 45 of its 60 rows.
        picture, rng = boxed([(20, 25, 30, 35)]), np.random.default_rng(seed)
        shown = on_square(picture, 2.0, BatchForm(90), min_visible, rng)
        assert not (shown.image == GREY).all(axis=2).any()
        for box in shown.boxes.tolist():
            assert box == pytest.approx(tight(coloured(shown.image, 0)), abs=1e-4)
            shares.append((box[2] - box[0]) * (box[3] - box[1]) / 400)
            assert shown.areas() == pytest.approx([shares[-1] * 200])
    assert len(shares) > 50
    assert min_visible <= min(shares) < min_visible + 0.25


@pytest.mark.parametrize(("min_visible", "kept"), [(0.37, 1), (0.38, 0)])
def test_what_hardly_shows_on_the_square_is_dropped(min_visible: float, kept: int):
    # Of 90 × 60 px 45 × 45 show: three eighths.
    picture, rng = boxed([(0, 0, 90, 60)]), np.random.default_rng(0)
    shown = on_square(picture, 2.0, BatchForm(90), min_visible, rng)
    assert shown.boxes.tolist() == [[0, 0, 90, 90]][:kept]
    assert len(shown.labels) == len(shown.ignore) == len(shown.areas()) == kept
    assert coloured(shown.image, 0).all()


def test_stretched_pictures_are_stretched_here_too():
    form = BatchForm(90, resize_mode="stretch")
    shown = on_square(boxed([(10, 20, 30, 50)]), 1.0, form, 0.3, np.random.default_rng(0))
    assert shown.boxes.tolist() == [[10, 30, 30, 75]] == [tight(coloured(shown.image, 0))]
    assert not (shown.image == GREY).all(axis=2).any()


def test_another_part_is_looked_at_where_one_shows_no_object():
    # 6 of 46 places beside each other and 6 of 16 above each other show enough: 4.9 % of the parts.
    picture, found = boxed([(0, 0, 10, 10)]), 0
    for seed in range(400):
        shown = on_square(picture, 2.0, BatchForm(90), 0.25, np.random.default_rng(seed))
        found += len(shown.boxes)
        assert shown.image.shape == (90, 90, 3)
    assert 400 * 0.13 < found < 400 * 0.27  # in four tries 18 %


def four(random: np.random.Generator, boxes: int = 1) -> list[BoxedPicture]:
    """Pictures of different shapes with a rectangle of a colour of its own each."""
    pictures = []
    for label, size in enumerate([(60, 90), (90, 60), (75, 75), (40, 110)]):
        x, y = random.integers(0, size[1] - 24), random.integers(0, size[0] - 20)
        pictures.append(boxed([(x, y, x + 24, y + 20)][:boxes], label, size))
    return pictures


def test_boxes_of_a_mosaic_are_where_the_pixels_are():
    form, cut = BatchForm(128), 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        scales = rng.uniform(0.5, 2, size=4).tolist()
        shown = mosaic(four(rng), scales, form, 0.0, rng)
        assert shown.image.shape == (128, 128, 3)
        labels = nearest(shown.image)
        for label in range(4):
            mask = labels == label
            found = shown.boxes[shown.labels == label]
            if mask.sum() > 4:
                assert len(found) == 1
            for box in found:
                if mask.any():
                    # To half a pixel, and half of one that a resampled edge is rounded by.
                    np.testing.assert_allclose(box, tight(mask), atol=1.0)
        full = 24 * 20 * np.square(128 * np.array(scales) / [90, 90, 75, 110])[shown.labels]
        cut += int((2 * shown.areas() < 0.6 * full).sum())
    assert cut > 10


def test_what_hardly_shows_in_its_tile_is_no_object_of_a_mosaic():
    form = BatchForm(128)
    for seed in range(40):
        all_of_them, some = (
            mosaic(
                four(np.random.default_rng(seed)),
                [1.3] * 4,
                form,
                min_visible,
                np.random.default_rng(seed),
            )
            for min_visible in (1e-9, 0.6)
        )
        longer = np.array([90, 90, 75, 110])
        full = 24 * 20 * np.square(1.3 * 128 / longer)
        for picture, least in ((all_of_them, 0.0), (some, 0.6)):
            for box, label in zip(picture.boxes, picture.labels.tolist(), strict=True):
                share = (box[2] - box[0]) * (box[3] - box[1]) / full[label]
                # A tile maps whole pixels to whole pixels, so its scale is a little off.
                assert share > least - 0.05


def test_the_pictures_of_a_mosaic_meet_in_a_point_that_is_not_at_the_edge():
    one_colour = [boxed([(0, 0, 100, 100)], label, (100, 100)) for label in range(4)]
    points = []
    for seed in range(50):
        shown = mosaic(one_colour, [1.0] * 4, BatchForm(100), 0.3, np.random.default_rng(seed))
        labels = nearest(shown.image)
        right, bottom = tight(labels == 0)[2:]
        points.append((right, bottom))
        expected = np.empty((100, 100), int)
        expected[:bottom, :right], expected[:bottom, right:] = 0, 1
        expected[bottom:, :right], expected[bottom:, right:] = 2, 3
        assert np.array_equal(labels, expected)
        for label, corner in ((0, [0, 0, right, bottom]), (3, [right, bottom, 100, 100])):
            share = (corner[2] - corner[0]) * (corner[3] - corner[1]) / 100**2
            assert shown.boxes[shown.labels == label].tolist() == [corner][: int(share >= 0.3)]
    assert np.min(points) >= 25
    assert np.max(points) <= 75
    assert len(set(points)) > 40


def test_small_pictures_of_a_mosaic_touch_the_point_and_grey_lies_outside():
    shown = mosaic(
        [boxed([(0, 0, 8, 8)], label, (8, 8)) for label in range(4)],
        [0.1] * 4,
        BatchForm(100),
        0.3,
        np.random.default_rng(0),
    )
    boxes = shown.boxes[np.argsort(shown.labels)]
    x, y = boxes[0, 2:]
    assert boxes.tolist() == [
        [x - 10, y - 10, x, y],
        [x, y - 10, x + 10, y],
        [x - 10, y, x, y + 10],
        [x, y, x + 10, y + 10],
    ]
    assert (shown.image == GREY).all(axis=2).sum() == 100 * 100 - 20 * 20


def test_a_blend_weighs_the_pixels_and_keeps_the_objects_of_both():
    one, other = boxed([(0, 0, 10, 10)], 0), boxed([(5, 5, 20, 20)], 3, ignore=True)
    shown = blend(one, other, 0.25)
    assert shown.image[2, 2].tolist() == [64, 0, 0]  # a quarter of red and black
    assert shown.image[7, 7].tolist() == [255, 191, 0]  # of red and three quarters of yellow
    assert shown.image[15, 15].tolist() == [191, 191, 0]
    assert shown.boxes.tolist() == [[0, 0, 10, 10], [5, 5, 20, 20]]
    assert shown.labels.tolist() == [0, 3]
    assert shown.ignore.tolist() == [False, True]
    assert shown.areas().tolist() == [50, 112.5]


@pytest.mark.parametrize(
    "combination", [Combination(mosaic=1.0), Combination(mix_up=1.0, zoom=(1.0, 2.0))]
)
def test_pictures_without_objects_are_combined_too(combination: Combination):
    shown = drawn(combination, lambda index: boxed([], index % 4), 0)
    assert shown.boxes.shape == (0, 4)
    assert shown.labels.shape == shown.ignore.shape == shown.areas().shape == (0,)
    assert shown.image.shape == (64, 64, 3)


def drawn(
    combination: Combination, read: Callable[[int], BoxedPicture], seed: int, most: int = 100
) -> BoxedPicture:
    rng = np.random.default_rng(seed)
    return combination.draw(read, 1, 4, BatchForm(64, most), 0.3, rng)


def whole(index: int) -> BoxedPicture:
    return boxed([(30, 20, 60, 40)], index, ignore=index == 2)


def test_probabilities_are_shares_of_the_samples():
    def seen(combination: Combination) -> list[list[int]]:
        read: list[list[int]] = []
        for seed in range(200):
            read.append([])
            drawn(combination, lambda index: read[-1].append(index) or whole(index), seed)
        assert all(indices[0] == 1 for indices in read)
        assert {other for indices in read for other in indices} == {0, 1, 2, 3}
        return [len(indices) for indices in read]

    lengths = seen(Combination(mosaic=0.3))
    assert set(lengths) == {1, 4}
    assert 40 < lengths.count(4) < 80
    lengths = seen(Combination(mix_up=0.3, zoom=(0.5, 2.0)))
    assert set(lengths) == {1, 2}
    assert 40 < lengths.count(2) < 80
    assert set(seen(Combination(mosaic=0.5, mix_up=0.5))) == {1, 2, 4, 5}


def test_what_is_not_combined_stays_as_it_was_read():
    picture = whole(1)
    assert drawn(Combination(mosaic=1e-9), lambda index: picture, 0) is picture


def test_flags_follow_their_objects():
    for seed in range(30):
        shown = drawn(Combination(mosaic=1.0, mix_up=1.0, zoom=(0.5, 1.0)), whole, seed)
        assert shown.ignore.tolist() == (shown.labels == 2).tolist()
        # The object covered half of its box.
        sides = shown.boxes[:, 2:] - shown.boxes[:, :2]
        np.testing.assert_allclose(shown.areas(), sides.prod(axis=1) / 2, rtol=1e-5)


def test_halving_is_as_likely_as_doubling():
    widths = []
    for seed in range(400):
        shown = drawn(Combination(zoom=(0.5, 2.0)), lambda index: boxed([(42, 27, 48, 33)]), seed)
        widths += (shown.boxes[:, 2] - shown.boxes[:, 0]).tolist()
    scales = np.array(widths) / 6 * 90 / 64
    assert 0.45 < scales.min() < 0.55
    assert 1.8 < scales.max() < 2.2
    assert 0.9 < np.median(scales) < 1.1


def test_more_objects_than_there_is_room_for_are_not_put_together():
    def many(index: int) -> BoxedPicture:
        return boxed([(3 * i, 20, 3 * i + 3, 40) for i in range(10)], index)

    small = Combination(mosaic=1.0, zoom=(0.25, 0.25))
    assert len(drawn(small, many, 0, most=40).boxes) == 40
    alone = drawn(small, many, 0, most=39)
    assert alone.labels.tolist() == [1] * 10
    ignored = Combination(mosaic=1.0, zoom=(0.25, 0.25))  # which need no room
    shown = drawn(ignored, lambda index: boxed([(9, 9, 60, 40)], index, ignore=True), 0, most=1)
    assert len(shown.boxes) == 4


@pytest.mark.parametrize(
    ("combination", "counts", "most"),
    [
        (Combination(zoom=(0.5, 2.0)), [3, 0, 7], 7),
        (Combination(mosaic=0.1), [3, 0, 7], 28),
        (Combination(mix_up=0.1), [3, 0, 7], 14),
        (Combination(mosaic=0.1, mix_up=0.1), [3, 0, 7], 35),
        (Combination(mosaic=1.0), [39, 12], 100),
        (Combination(mosaic=1.0), [130], 130),
        (Combination(mosaic=1.0), [], 0),
        (Combination(paste=5), [3, 0, 7], 12),
    ],
)
def test_room_for_what_is_combined(combination: Combination, counts: list[int], most: int):
    assert combination.most_objects(np.array(counts, np.int64)) == most
