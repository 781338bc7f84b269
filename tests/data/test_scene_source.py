import hashlib
from functools import partial

import numpy as np
import pytest

from objloc.data import Augmentation, Sample, Scenes
from objloc.data.scene import VISIBLE_ALPHA
from tests.data.conftest import AUGMENT_OPTIONS, build_augment

SPLITS = ("train", "val", "test")

creatures = partial(Scenes, sprites="creatures")


def same(a: Sample, b: Sample) -> bool:
    return a.image_id == b.image_id and all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in ("image", "boxes", "labels")
    )


def look(on_black: np.ndarray, on_white: np.ndarray) -> tuple[int, int, int, int]:
    """The box of what covers black and white alike, found without any help of the code."""
    alpha = 255 - (on_white.astype(int) - on_black).max(axis=2)
    rows, columns = np.nonzero(alpha >= VISIBLE_ALPHA)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize(
    ("sprites", "option"),
    [
        *(("creatures", option) for option in AUGMENT_OPTIONS),
        ("emoji", "full"),
        ("rectangles", "full"),
    ],
)
def test_boxes_are_those_of_the_pixels(sprites: str, option: str):
    # Photometric transforms come last and move nothing: the labels of scenes with them must be
    # those that are seen without them.
    scenes = partial(Scenes, sprites=sprites, min_size=8 if sprites == "rectangles" else 24)
    black, white = (
        scenes(background=colour, augment=build_augment(option, image=False)).split("train")
        for colour in ("black", "white")
    )
    labelled = scenes(background="photo", augment=build_augment(option)).split("train")
    for index in range(120):
        sample = labelled.sample(0, index)
        seen = look(black.sample(0, index).image, white.sample(0, index).image)
        assert sample.boxes.tolist() == [list(seen)], f"scene {index}"
        assert sample.area[0] == (seen[2] - seen[0]) * (seen[3] - seen[1])


@pytest.mark.parametrize("option", AUGMENT_OPTIONS)
def test_a_scene_depends_on_its_number_alone(option: str):
    one, other = (
        creatures(background="photo+texture", absent=0.2, augment=build_augment(option)).split(
            "train"
        )
        for _ in range(2)
    )
    expected = [one.sample(3, index) for index in range(30)]
    for index in reversed(range(30)):
        other.sample(7, index)  # what was made before must leave no trace
        assert same(other.sample(3, index), expected[index])


@pytest.mark.parametrize(
    ("scenes", "pixels", "made", "described"),
    [
        (
            partial(Scenes, sprites="rectangles", min_size=1, max_size=64, absent=0.2),
            True,
            "f6556a7ab825ce51",
            "c8e4deeb4364270b",
        ),
        # Their pixels pass through resizes, which another processor may round otherwise.
        (
            partial(Scenes, sprites="emoji", background="texture", min_size=16, seed=5),
            False,
            "015ca87df6850195",
            "7436b0de898ebc99",
        ),
    ],
    ids=["rectangles", "emoji"],
)
def test_scenes_of_one_object_stay_what_they_have_always_been(
    scenes: partial[Scenes], pixels: bool, made: str, described: str
):
    # Computed before scenes could hold several objects: what was measured on them stays true.
    dataset = scenes()
    digest = hashlib.sha256()
    for source in (dataset.split("train"), dataset.split("val")):
        for sample in (source.sample(2, index) for index in range(20)):
            digest.update(sample.image.tobytes() if pixels else b"")
            digest.update(sample.boxes.tobytes() + sample.labels.tobytes())
    assert digest.hexdigest().startswith(made)
    assert dataset.describe()["digest"].startswith(described)


def test_train_epochs_differ_and_held_out_ones_stay():
    scenes = creatures(background="texture")
    train, val, test = map(scenes.split, SPLITS)
    assert not np.array_equal(train.sample(0, 5).image, train.sample(1, 5).image)
    assert train.sample(0, 5).image_id != train.sample(1, 5).image_id
    assert same(val.sample(0, 5), val.sample(9, 5))
    assert same(test.sample(0, 5), test.sample(9, 5))


def test_no_two_splits_or_seeds_share_scenes():
    made = {
        source.sample(0, index).image.tobytes()
        for seed in (0, 1)
        for source in map(creatures(background="texture", seed=seed).split, SPLITS)
        for index in range(20)
    }
    assert len(made) == 2 * 3 * 20


def test_empty_scenes_come_at_the_asked_rate():
    def empty(absent: float, count: int) -> int:
        source = Scenes(sprites="rectangles", max_size=16, image_size=16, min_size=1, absent=absent)
        split = source.split("train")
        return sum(not len(split.sample(0, index).labels) for index in range(count))

    assert empty(0.0, 200) == 0
    assert empty(1.0, 200) == 200
    # Binomial with standard deviation 0.0097: four of them.
    assert abs(empty(0.25, 2000) / 2000 - 0.25) < 0.039


def test_an_empty_scene_is_a_whole_sample():
    sample = creatures(absent=1.0).split("val").sample(0, 0)
    assert sample.boxes.shape == (0, 4)
    assert sample.labels.shape == sample.ignore.shape == sample.area.shape == (0,)
    assert (sample.image == 0).all()


def test_objects_of_every_class_and_size_reach_every_edge():
    source = creatures(min_size=30, max_size=40).split("train")
    samples = [source.sample(0, index) for index in range(1200)]
    boxes = np.concatenate([sample.boxes for sample in samples])
    longer = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    # A pixel less than asked for where the outermost row of pixels is covered by under a half.
    assert set(longer) <= set(range(29, 41))
    assert longer.min() <= 30
    assert longer.max() == 40
    assert boxes.min() == 0
    assert boxes.max() == 128
    labels = np.concatenate([sample.labels for sample in samples])
    # A third each; the standard deviation of the share is 0.0136.
    assert np.abs(np.bincount(labels) / 1200 - 1 / 3).max() < 0.055


def test_rectangles_take_every_shape_and_never_vanish():
    source = Scenes(sprites="rectangles", min_size=1, max_size=8, image_size=16).split("train")
    sides = {
        tuple((sample.boxes[0, 2:] - sample.boxes[0, :2]).astype(int).tolist())
        for sample in (source.sample(0, index) for index in range(1500))
    }
    assert sides == {(w, h) for w in range(1, 9) for h in range(1, 9)}


def test_a_transform_that_leaves_nothing_or_too_much_is_not_applied():
    import albumentations

    plain = creatures(max_size=40, min_size=40).split("train")
    gone = albumentations.Affine(translate_percent=(5.0, 5.0), p=1)
    huge = albumentations.Affine(scale=(9.0, 9.0), fit_output=True, p=1)
    for transform in (gone, huge):
        source = creatures(
            max_size=40, min_size=40, augment=Augmentation(sprite=[transform])
        ).split("train")
        for index in range(5):
            width, height = (lambda box: box[2:] - box[:2])(source.sample(0, index).boxes[0])
            wanted = (lambda box: box[2:] - box[:2])(plain.sample(0, index).boxes[0])
            assert [width, height] == wanted.tolist()


def test_an_index_outside_the_epoch_is_an_error():
    source = creatures(val_size=3).split("val")
    assert len(source) == 3
    with pytest.raises(IndexError, match="val split: no scene 3 in an epoch of 3"):
        source.sample(0, 3)
