"""Where albumentations leaves boxes is compared with where it leaves the pixels."""

from typing import Any

import albumentations
import cv2
import numpy as np
import pytest

from objloc.data import Augmentation
from objloc.data import picture_transform as picture_transform_module
from objloc.errors import ConfigError
from tests.data.conftest import AUGMENT_OPTIONS, build_augment

SIZE = (90, 140)
BOX = (50.0, 30.0, 86.0, 54.0)
RED = (255, 0, 0)


def rectangle(box: tuple[float, ...] = BOX, size: tuple[int, int] = SIZE) -> np.ndarray:
    picture = np.zeros((*size, 3), np.uint8)
    x1, y1, x2, y2 = map(int, box)
    picture[y1:y2, x1:x2] = RED
    return picture


def coloured(picture: np.ndarray) -> list[float]:
    """The tight box of what is more red than not."""
    x, y, width, height = cv2.boundingRect(np.ascontiguousarray(picture[:, :, 0] >= 128).view("u1"))
    return [x, y, x + width, y + height]


def blob(box: tuple[float, ...] = BOX, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A smooth spot in the middle of the box: resampling doesn't move its centre of mass."""
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    x1, y1, x2, y2 = box
    square = ((columns - (x1 + x2) / 2) / (x2 - x1)) ** 2 + (
        (rows - (y1 + y2) / 2) / (y2 - y1)
    ) ** 2
    return np.repeat((255 * np.exp(-18 * square))[..., None], 3, axis=2).round().astype(np.uint8)


def centre_of_mass(picture: np.ndarray) -> np.ndarray:
    weights = picture[:, :, 0].astype(float)
    rows, columns = np.mgrid[: weights.shape[0], : weights.shape[1]] + 0.5
    return np.array([(columns * weights).sum(), (rows * weights).sum()]) / weights.sum()


def transformed(transform: object, picture: np.ndarray, seed: int, box: tuple[float, ...] = BOX):
    augment = Augmentation(picture=[transform], min_visible=0.0)
    boxes = np.array([box], np.float32)
    return augment.transform_picture(picture, boxes, np.random.default_rng(seed))


EXACT = [
    albumentations.HorizontalFlip(p=1),
    albumentations.VerticalFlip(p=1),
    albumentations.Transpose(p=1),
    albumentations.RandomRotate90(p=1),
    albumentations.D4(p=1),
    albumentations.RandomCrop(60, 90, p=1),
    albumentations.CenterCrop(41, 77, p=1),
    albumentations.RandomCropFromBorders(p=1),
    albumentations.AtLeastOneBBoxRandomCrop(50, 60, p=1),
    albumentations.BBoxSafeRandomCrop(p=1),
    albumentations.CropAndPad(percent=(-0.3, 0.3), sample_independently=True, keep_size=False, p=1),
    albumentations.Pad(7, p=1),
    albumentations.PadIfNeeded(155, 201, p=1),
    albumentations.Affine(translate_px=(-40, 40), p=1),
    albumentations.Sequential(
        [albumentations.RandomCrop(60, 90), albumentations.HorizontalFlip()], p=1
    ),
]


@pytest.mark.parametrize("transform", EXACT, ids=lambda transform: type(transform).__name__)
def test_boxes_follow_what_only_moves_pixels_to_the_pixel(transform):
    seen = set()
    for seed in range(25):
        picture, boxes, kept = transformed(transform, rectangle(), seed)
        assert kept.tolist() == [0]
        np.testing.assert_allclose(boxes[0], coloured(picture), atol=2e-4)
        seen.add(tuple(coloured(picture)))
    assert len(seen) > 1 or not isinstance(transform, albumentations.RandomCrop)


RESAMPLING = [
    albumentations.Affine(scale=(0.6, 1.5), p=1),
    albumentations.Affine(rotate=(-40, 40), scale=(0.8, 1.2), shear=(-10, 10), p=1),
    albumentations.Rotate(limit=(-40, 40), p=1),
    albumentations.Rotate(limit=(-15, 15), crop_border=True, p=1),
    albumentations.Resize(64, 71, p=1),
    albumentations.RandomScale(scale_limit=(-0.4, 0.6), p=1),
    albumentations.LongestMaxSize(96, p=1),
    albumentations.RandomSizedCrop((70, 90), size=(64, 96), w2h_ratio=1.5, p=1),
    albumentations.RandomResizedCrop(size=(64, 80), scale=(0.8, 1.0), p=1),
    albumentations.CropAndPad(percent=(-0.15, 0.15), keep_size=True, p=1),
]


@pytest.mark.parametrize("transform", RESAMPLING, ids=lambda transform: type(transform).__name__)
def test_boxes_follow_resampled_pixels_closer_than_a_tenth_of_one(transform):
    # Half a pixel is what a wrong idea of where pixels lie would cost.
    for seed in range(15):
        picture, boxes, _ = transformed(transform, blob(), seed)
        height, width = picture.shape[:2]
        assert (boxes[0] > 0).all()
        assert (boxes[0] < [width, height] * 2).all()
        assert centre_of_mass(picture) == pytest.approx((boxes[0, :2] + boxes[0, 2:]) / 2, abs=0.1)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("SafeRotate", {"limit": (-40, 40)}),
        ("Affine", {"rotate": (-40, 40), "fit_output": True}),
        ("PiecewiseAffine", {"scale": (1e-6, 1e-5)}),
        ("RandomGridShuffle", {"grid": (2, 2)}),
    ],
)
@pytest.mark.filterwarnings("ignore:This augmenter is very slow")
def test_what_is_refused_is_really_wrong(
    name: str, arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    transform = getattr(albumentations, name)(**arguments, p=1)
    with pytest.raises(ConfigError, match="is refused"):
        Augmentation(picture=[transform])
    monkeypatch.setattr("objloc.data.augmentation._check_boxes", lambda leaf, name: None)
    off = []
    for seed in range(10):
        picture, boxes, _ = transformed(transform, blob(), seed)
        off.append(np.abs(centre_of_mass(picture) - (boxes[0, :2] + boxes[0, 2:]) / 2).max())
    assert max(off) > 0.4


def test_a_rotated_box_holds_all_of_its_rectangle_or_an_ellipse():
    disc = cv2.ellipse(np.zeros((*SIZE, 3), np.uint8), (68, 42), (18, 12), 0, 0, 360, RED, -1)
    around = tuple(map(float, coloured(disc)))
    for angle in (-40, -13, 9, 30):
        largest = albumentations.Rotate(limit=(angle, angle), p=1)
        picture, boxes, _ = transformed(largest, rectangle(), 0)
        # Its corners are points: the last pixel of each is less than half covered.
        assert np.abs(boxes[0] - coloured(picture)).max() < 1.2
        assert (np.array([-1, -1, 1, 1]) * (boxes[0] - coloured(picture)) > -0.5).all()

        ellipse = albumentations.Rotate(limit=(angle, angle), rotate_method="ellipse", p=1)
        picture, boxes, _ = transformed(ellipse, disc, 0, around)
        assert np.abs(boxes[0] - coloured(picture)).max() < 0.8


def test_a_mirrored_border_shows_objects_twice_and_says_so():
    mirror = albumentations.Affine(
        translate_px={"x": (60, 60), "y": (0, 0)}, border_mode=cv2.BORDER_REFLECT, p=1
    )
    picture, boxes, kept = transformed(mirror, rectangle((4, 30, 24, 54)), 0, (4, 30, 24, 54))
    assert kept.tolist() == [0, 0]
    columns = np.flatnonzero(picture[40, :, 0])
    assert columns.tolist() == [*range(36, 56), *range(64, 84)]
    assert sorted(boxes.tolist()) == [[36, 30, 56, 54], [64, 30, 84, 54]]


def two_boxes() -> np.ndarray:
    return np.array([[2, 20, 22, 40], [100, 50, 120, 70]], np.float32)


@pytest.mark.parametrize(("min_visible", "kept"), [(0.45, [0, 1]), (0.55, [1])])
def test_what_is_hardly_there_is_dropped(min_visible: float, kept: list[int]):
    crop = albumentations.Crop(12, 0, 140, 90, p=1)  # leaves the right half of the first box
    augment = Augmentation(picture=[crop], min_visible=min_visible)
    _, boxes, rows = augment.transform_picture(rectangle(), two_boxes(), np.random.default_rng(0))
    assert rows.tolist() == kept
    expected = np.array([[0, 20, 10, 40], [88, 50, 108, 70]])[kept]
    np.testing.assert_allclose(boxes, expected, atol=1e-4)


@pytest.mark.parametrize("composed", [False, True])
def test_shares_multiply_and_what_was_cut_off_does_not_come_back(composed: bool):
    steps = [
        albumentations.Crop(12, 0, 140, 90, p=1),  # half of the first box
        albumentations.Pad((30, 0, 30, 0), p=1),  # makes room where it was
        albumentations.Crop(0, 0, 158, 30, p=1),  # half of what is left
    ]
    chain = [albumentations.Sequential(steps, p=1)] if composed else steps
    for min_visible, count in ((0.2, 1), (0.3, 0)):
        augment = Augmentation(picture=chain, min_visible=min_visible)
        boxes = np.array([[2, 20, 22, 40], [60, 2, 80, 22]], np.float32)
        _, left, kept = augment.transform_picture(rectangle(), boxes, np.random.default_rng(0))
        assert kept.tolist() == [0, 1][1 - count :]
        assert left[:count].tolist() == [[30, 20, 40, 30]][:count]


def test_a_transform_that_leaves_no_object_tries_again_and_is_then_left_out():
    away = albumentations.Crop(0, 0, 40, 20, p=1)
    picture, boxes, kept = transformed(away, rectangle(), 0)
    assert np.array_equal(picture, rectangle())
    assert boxes.tolist() == [list(BOX)]
    assert kept.tolist() == [0]

    # Of these crops 37 % hold the object: with three more tries 84 % of the pictures are cropped.
    crop = albumentations.RandomCrop(60, 70, p=1)
    augment = Augmentation(picture=[crop], min_visible=0.99)
    boxes = np.array([[95, 35, 115, 55]], np.float32)
    shapes = []
    for seed in range(100):
        picture, left, _ = augment.transform_picture(
            rectangle(boxes[0]), boxes, np.random.default_rng(seed)
        )
        assert len(left) == 1
        shapes.append(picture.shape)
    assert 70 < shapes.count((60, 70, 3)) < 98


def test_an_empty_picture_is_transformed_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(picture_transform_module, "_TRIES", 1)
    nothing = np.zeros((0, 4), np.float32)
    for transform in (*EXACT, *RESAMPLING):
        augment = Augmentation(picture=[transform])
        picture, boxes, kept = augment.transform_picture(
            rectangle(), nothing, np.random.default_rng(3)
        )
        assert boxes.shape == (0, 4)
        assert boxes.dtype == np.float32
        assert kept.shape == (0,)
        assert picture.dtype == np.uint8


def test_the_generator_decides_everything_and_inputs_stay_as_they_are():
    augment = Augmentation(picture=[albumentations.Affine(rotate=(-20, 20), p=0.8), EXACT[10]])
    picture, boxes = rectangle(), two_boxes()
    first = augment.transform_picture(picture, boxes, np.random.default_rng(1))
    augment.transform_picture(picture, boxes, np.random.default_rng(2))
    again = augment.transform_picture(picture, boxes, np.random.default_rng(1))
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(picture, rectangle())
    assert np.array_equal(boxes, two_boxes())


def test_without_transforms_nothing_changes():
    picture, boxes = rectangle(), two_boxes()
    same, left, kept = Augmentation().transform_picture(picture, boxes, np.random.default_rng(0))
    assert same is picture
    assert left is boxes
    assert kept.tolist() == [0, 1]


RESIZING = [name for name in AUGMENT_OPTIONS if "pictures" in name and "detection" not in name]


@pytest.mark.parametrize("option", RESIZING)
def test_the_options_for_pictures_lose_no_object_and_change_every_picture(option: str):
    augment = build_augment(option)
    rng = np.random.default_rng(0)
    photograph = rng.integers(0, 256, (75, 100, 3), dtype=np.uint8)
    boxes = np.array([[20, 10, 80, 70]], np.float32)
    sizes, changed = [], 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        picture, left, kept = augment.transform_picture(photograph, boxes, rng)
        assert kept.tolist() == [0]
        assert (left >= 0).all()
        assert (left <= [*picture.shape[1::-1]] * 2).all()
        changed += not np.array_equal(augment.transform_image(picture, rng), photograph)
        # The share of the square that a letterboxed picture fills.
        sizes.append((left[0, 2] - left[0, 0]) / max(picture.shape))
    assert changed > 190
    assert np.percentile(sizes, 5) < 0.6 * 0.95 < 0.6 * 1.1 < np.percentile(sizes, 95)
