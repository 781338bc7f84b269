import hashlib
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.data import Augmentation, BatchForm, Sample, train_batches
from objloc.data.files import Annotations, read_picture
from objloc.data.files.file_source import FileSource
from objloc.data.files.picture_cache import PictureCache
from objloc.errors import DataError
from tests.data.conftest import build_augment
from tests.data.files.labels import Picture, table
from tests.data.files.test_picture import RED, UPRIGHT, exif, red_box

BOX = (4.0, 2.0, 20.0, 14.0)


def source(labels: Annotations, image_size: int = 16, **changes: object) -> FileSource:
    arguments = {
        "split": "train",
        "form": BatchForm(image_size, 100),
        "augment": Augmentation(),
        "seed": 0,
        "invalid_boxes": "stop",
        "cache_mb": 1,
    }
    return FileSource(labels=labels, **{**arguments, **changes})


@pytest.fixture
def noise(tmp_path: Path, write_noise: Callable[..., Path]) -> Annotations:
    """Six pictures of random pixels of different sizes, with 0 to 2 objects."""
    pictures = []
    for number in range(6):
        write_noise(f"{number}.png", seed=number, size=(60 + number, 80 + 7 * number))
        objects = [("dog", BOX), ("cat", (0.0, 0.0, 80.0, 60.0))][: number % 3]
        pictures.append(Picture(f"{number}.png", objects))
    return table(tmp_path, pictures)


def same(a: Sample, b: Sample) -> bool:
    arrays = ("image", "boxes", "labels", "ignore", "area")
    return (a.image_id, a.size) == (b.image_id, b.size) and all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in arrays
    )


def test_evaluation_gets_the_whole_picture_and_every_object(noise: Annotations):
    labels = replace(noise, ignore=np.array([False, True, True, False, False, False]))
    for split in ("val", "test"):
        held_out = source(labels, split=split, augment=build_augment("pictures_detection"))
        for index in range(6):
            sample = held_out.sample(0, index)
            assert np.array_equal(sample.image, read_picture(labels.path(index)))
            rows = labels.objects(index)
            assert sample.boxes.dtype == np.float32
            assert sample.boxes.tolist() == labels.boxes[rows].tolist()
            assert sample.labels.tolist() == labels.labels[rows].tolist()
            assert sample.ignore.tolist() == labels.ignore[rows].tolist()
            assert sample.area.tolist() == labels.area[rows].tolist()
            assert sample.size == sample.image.shape[:2] == (60 + index, 80 + 7 * index)
            assert sample.image_id == index
            assert same(held_out.sample(7, index), sample)


def test_an_empty_picture_is_a_whole_sample(noise: Annotations):
    for split in ("train", "val"):
        sample = source(noise, split=split, augment=build_augment("pictures")).sample(0, 0)
        assert sample.boxes.shape == (0, 4)
        assert sample.labels.shape == sample.ignore.shape == sample.area.shape == (0,)


def test_training_reduces_pictures_and_their_boxes_by_the_same(tmp_path: Path):
    pixels = np.full((240, 400, 3), 90, np.uint8)
    pixels[40:120, 80:200] = RED
    Image.fromarray(pixels).save(tmp_path / "a.png")
    labels = table(tmp_path, [Picture("a.png", [("cat", (80, 40, 200, 120))])])
    # 240 px may become 2 · 30: a quarter.
    sample = source(labels, image_size=30).sample(0, 0)
    assert sample.image.shape == (60, 100, 3)
    assert sample.size == (60, 100)
    assert sample.boxes.tolist() == [[20, 10, 50, 30]] == [red_box(sample.image)]
    assert sample.area.tolist() == [600]


@pytest.mark.parametrize("split", ["train", "val"])
@pytest.mark.parametrize("labelled_as", ["stored", "upright"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_fit_turned_pictures_however_they_were_labelled(
    tmp_path: Path, orientation: int, labelled_as: str, split: str
):
    pixels = np.full((160, 240, 3), 90, np.uint8)
    pixels[16:40, 32:112] = RED
    Image.fromarray(pixels).save(
        tmp_path / "a.jpg", exif=exif(orientation), quality=100, subsampling=0
    )
    upright = UPRIGHT[orientation](pixels)
    if labelled_as == "stored" and upright.shape != pixels.shape:
        picture = Picture("a.jpg", [("cat", (32, 16, 112, 40))], size=(160, 240))
    else:  # where height and width stay, a label is taken to speak of what people see
        picture = Picture("a.jpg", [("cat", red_box(upright))], size=upright.shape[:2])
    sample = source(table(tmp_path, [picture]), split=split, image_size=40).sample(0, 0)
    assert sample.image.shape[:2] == tuple(
        side // (2 if split == "train" else 1) for side in upright.shape[:2]
    )
    assert sample.boxes.tolist() == [red_box(sample.image)]


@pytest.mark.parametrize("augment", ["none", "pictures", "pictures_detection"])
@pytest.mark.parametrize("cache_mb", [0, 1])
def test_a_sample_depends_on_its_number_alone(noise: Annotations, augment: str, cache_mb: int):
    one, other = (
        source(noise, augment=build_augment(augment), cache_mb=mb) for mb in (0, cache_mb)
    )
    expected = [one.sample(epoch, index) for epoch in (0, 1) for index in range(6)]
    for epoch in (1, 0):
        for index in reversed(range(6)):
            other.sample(9, (index + 1) % 6)  # what was read before must leave no trace
            assert same(other.sample(epoch, index), expected[6 * epoch + index])
    moved = [not np.array_equal(expected[i].image, expected[6 + i].image) for i in range(6)]
    assert any(moved) == (augment != "none")


def test_seeds_give_different_augmentation(noise: Annotations):
    strong = build_augment("pictures_strong")
    one, other = (source(noise, augment=strong, seed=seed) for seed in (0, 1))
    assert not np.array_equal(one.sample(0, 1).image, other.sample(0, 1).image)


def test_augmented_boxes_follow_the_picture(tmp_path: Path):
    import albumentations

    pixels = np.full((40, 60, 3), 90, np.uint8)
    pixels[4:10, 6:30] = RED
    pixels[20:32, 40:50] = RED
    Image.fromarray(pixels).save(tmp_path / "a.png")
    labels = table(
        tmp_path, [Picture("a.png", [("cat", (6, 4, 30, 10)), ("dog", (40, 20, 50, 32))])]
    )
    labels = replace(labels, area=np.array([72.0, 120.0]), ignore=np.array([True, False]))
    flip = Augmentation(picture=[albumentations.HorizontalFlip(p=1)])
    sample = source(labels, augment=flip, image_size=20).sample(0, 0)
    assert sample.boxes.tolist() == [[30, 4, 54, 10], [10, 20, 20, 32]]
    assert sample.labels.tolist() == [0, 1]
    assert sample.ignore.tolist() == [True, False]
    assert sample.area == pytest.approx([72, 120])
    crop = Augmentation(picture=[albumentations.Crop(35, 0, 60, 40, p=1)])
    sample = source(labels, augment=crop, image_size=20).sample(0, 0)
    assert sample.boxes == pytest.approx(np.array([[5, 20, 15, 32]]), abs=1e-4)
    assert sample.labels.tolist() == [1]
    assert sample.ignore.tolist() == [False]
    assert sample.size == (40, 25)


def test_without_combinations_samples_are_what_they_were_before_there_were_any(noise: Annotations):
    import albumentations

    labels = replace(noise, area=noise.area * 0.7, ignore=noise.labels == 1)
    turned = [
        albumentations.HorizontalFlip(p=0.5),
        albumentations.CropAndPad(percent=(-0.3, 0.2), keep_size=False, fill=114, p=0.9),
    ]
    digests = []
    for augment in (Augmentation(), Augmentation(picture=turned)):
        reader, found = source(labels, augment=augment, seed=5), hashlib.sha256()
        for sample in (reader.sample(epoch, index) for epoch in (0, 1) for index in range(6)):
            for name in ("image", "boxes", "labels", "ignore", "area"):
                found.update(getattr(sample, name).tobytes())
            found.update(str((sample.image_id, sample.size)).encode())
        digests.append(found.hexdigest()[:16])
    assert digests == ["f5aeb9d65059d0e7", "72f37ef151850eeb"]


def test_a_mosaic_is_a_sample_of_the_square_with_objects_of_several_pictures(noise: Annotations):
    labels = replace(noise, ignore=noise.labels == 1)
    reader = source(labels, image_size=128, augment=Augmentation(mosaic=1, min_visible=0.2))
    several = 0
    for index in range(6):
        sample = reader.sample(0, index)
        assert sample.image.shape == (128, 128, 3)
        assert sample.size == (128, 128)
        assert sample.image_id == index
        assert sample.ignore.tolist() == (sample.labels == 1).tolist()
        assert (sample.boxes >= 0).all()
        assert (sample.boxes <= 128).all()
        several += len(sample.boxes) > 2
    assert several


def test_pictures_of_a_mosaic_are_mirrored_one_by_one_and_recoloured_once(tmp_path: Path):
    import albumentations

    for number in range(4):
        pixels = np.full((40, 40, 3), 90, np.uint8)
        pixels[:, 30:] = RED
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    labels = table(tmp_path, [Picture(f"{n}.png", [("cat", (30, 0, 40, 40))]) for n in range(4)])
    augment = Augmentation(
        picture=[albumentations.HorizontalFlip(p=0.5)],
        image=[albumentations.InvertImg(p=1)],
        mosaic=1,
        zoom=[0.5, 0.5],
    )
    ways = set()
    for epoch in range(20):
        sample = source(labels, image_size=80, augment=augment).sample(epoch, 0)
        # Red is cyan now; the grey of the canvas was there before.
        assert (sample.image == 255 - 114).all(axis=2).any()
        cyan = (sample.image == [0, 255, 255]).all(axis=2)
        for x1, y1, x2, y2 in sample.boxes.astype(int):
            assert cyan[y1:y2, x1:x2].all()
        if len(sample.boxes) == 4:
            seam = sample.boxes[:, [0, 2]].mean()
            ways.add(tuple((sample.boxes[:, 2] < seam).tolist()))
            assert cyan.sum() == ((sample.boxes[:, 2:] - sample.boxes[:, :2]).prod(axis=1)).sum()
    assert len(ways) > 2


def test_writing_into_a_sample_changes_no_later_one(noise: Annotations):
    combined = Augmentation(mosaic=0.5, mix_up=0.5, paste=3)
    for augment in (Augmentation(), build_augment("pictures"), combined):
        reader = source(noise, augment=augment)
        before = reader.sample(0, 2)
        kept = before.image.copy(), before.boxes.copy()
        before.image[:] = 0
        before.boxes[:] = 0
        after = reader.sample(0, 2)
        assert np.array_equal(after.image, kept[0])
        assert np.array_equal(after.boxes, kept[1])
    assert noise.boxes.any()


def test_the_cache_spares_reading_and_never_grows_over_its_limit(
    noise: Annotations, monkeypatch: pytest.MonkeyPatch
):
    from objloc.data.files import file_source

    read: list[str] = []
    decode = file_source.decode_picture
    monkeypatch.setattr(
        file_source,
        "decode_picture",
        lambda path, **rest: read.append(path.name) or decode(path, **rest),
    )
    reader = source(noise, image_size=200)  # nothing is reduced
    sizes = [reader.sample(0, index).image.nbytes for index in range(6)]
    assert len(read) == 6
    assert reader.cache.used == sum(sizes)
    for index in range(6):
        reader.sample(1, index)
    assert len(read) == 6

    reader.cache = PictureCache(sizes[0] + sizes[1])
    for epoch in range(5):
        for index in (0, 2, 1, 3, 4, 5):
            reader.sample(epoch, index)
            assert reader.cache.used <= sizes[0] + sizes[1]
    # The first that found room stay for good; each of the others is read in every epoch.
    assert read[6:].count("0.png") == 1
    assert read[6:].count("3.png") == 5

    held_out = source(noise, split="val", image_size=200)
    held_out.sample(0, 0)
    assert held_out.cache.used == 0


def test_threads_share_a_cache(noise: Annotations):
    reader, plain = source(noise), source(noise, cache_mb=0)
    numbers = [index for _ in range(20) for index in range(6)]
    with ThreadPoolExecutor(8) as pool:
        samples = list(pool.map(lambda index: reader.sample(0, index), numbers))
    for index, sample in zip(numbers, samples, strict=True):
        assert same(sample, plain.sample(0, index))
    assert reader.cache.used == sum(plain.sample(0, index).image.nbytes for index in range(6))


def test_it_is_small_to_send_and_says_the_same_there(tmp_path: Path, write_noise):
    write_noise("0.png")
    count = 10_000
    labels = table(tmp_path, [Picture(f"{i}.png", [("cat", BOX)] * 3) for i in range(count)])
    reader = source(labels, augment=build_augment("pictures"))
    first = reader.sample(0, 0)
    pickled = pickle.dumps(reader)
    # 61 bytes an object, a little for each file's names, nothing for what the cache holds.
    assert len(pickled) < 3 * count * 62 + 120 * count
    copy = pickle.loads(pickled)
    assert copy.cache.used == 0
    assert copy.cache.limit == reader.cache.limit
    assert same(copy.sample(0, 0), first)


def test_worker_processes_make_the_same_batches(noise: Annotations):
    reader = source(noise, augment=build_augment("pictures_detection"))
    batches = [
        list(
            train_batches(
                reader,
                batch_size=4,
                form=BatchForm(16, 2),
                seed=0,
                start_step=0,
                num_steps=4,
                workers=workers,
            )
        )
        for workers in (0, 2)
    ]
    for (here, targets), (there, their_targets) in zip(*batches, strict=True):
        assert np.array_equal(here, there)
        assert np.array_equal(targets["boxes"], their_targets["boxes"])


def test_a_pixel_outside_is_cut_off_silently(tmp_path: Path, write_noise):
    write_noise("a.png", size=(24, 32))
    labels = table(tmp_path, [Picture("a.png", [("cat", (-1, -0.5, 10, 24.75))])])
    labels = replace(labels, area=np.array([100.0]))
    for policy in ("stop", "skip", "clip"):
        sample = source(labels, split="val", invalid_boxes=policy).sample(0, 0)
        assert sample.boxes.tolist() == [[0, 0, 10, 24]]
        # What was segmented shrinks as its box does, from 11 × 25.25.
        assert sample.area == pytest.approx([100 * 240 / (11 * 25.25)])


def test_what_only_the_picture_shows_to_be_wrong_follows_the_policy(tmp_path: Path, write_noise):
    write_noise("a.png", size=(24, 32))
    boxes = [BOX, (10, 10, 50, 20), (40, 10, 50, 20)]
    labels = table(tmp_path, [Picture("a.png", [("cat", box) for box in boxes])])
    with pytest.raises(DataError) as caught:
        source(labels).sample(0, 0)
    assert (
        "a.png.txt: line 2: the box (10.0, 10.0, 50.0, 20.0) is no box of a.png (32 × 24 px)"
        in (str(caught.value))
    )
    assert "dataset.invalid_boxes=skip" in str(caught.value)
    skipped = source(labels, split="val", invalid_boxes="skip").sample(0, 0)
    assert skipped.boxes.tolist() == [list(BOX)]
    clipped = source(labels, split="val", invalid_boxes="clip").sample(0, 0)
    assert clipped.boxes.tolist() == [list(BOX), [10, 10, 32, 20]]


def test_a_picture_of_another_size_than_its_label_says_is_refused(tmp_path: Path, write_noise):
    write_noise("a.png", size=(24, 32))
    labels = table(tmp_path, [Picture("a.png", [("cat", BOX)], size=(48, 64))])
    with pytest.raises(DataError, match=r"a\.png\.txt: the label speaks of 64 × 48 px, but a\.png"):
        source(labels).sample(0, 0)


def test_a_picture_that_is_gone_or_an_index_that_is_none_is_named(noise: Annotations):
    reader = source(noise, split="val")
    noise.path(3).unlink()
    with pytest.raises(DataError, match=r"3\.png: there is no such picture"):
        reader.sample(0, 3)
    with pytest.raises(IndexError, match="val split: no picture 6 among 6"):
        reader.sample(0, 6)
