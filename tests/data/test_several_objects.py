"""Scenes of several objects, judged by their pixels: every class has a colour of its own."""

from collections import Counter
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.config import build, compose
from objloc.data import Sample, Scenes, eval_batches, train_batches
from tests.data.conftest import build_augment

SIDE = 48
LEVELS = (90, 170, 250)
COLOURS = [(r, g, b) for r in LEVELS for g in LEVELS for b in LEVELS]
SIZE = 15  # of every sprite, so that none is resized and no colour changes


def shapes() -> list[np.ndarray]:
    """Masks of which no flip looks like another: a hook, a disc, a ring, a comb."""
    y, x = np.mgrid[:SIZE, :SIZE]
    radius = np.hypot(y - 7, x - 7)
    hook = (x < 4) | (y < 3)
    comb = (x % 4 < 2) | (y > 11)
    return [hook, radius <= 7, (radius <= 7) & (radius > 4), comb]


@pytest.fixture
def sprites(tmp_path: Path) -> str:
    for number, colour in enumerate(COLOURS):
        pixels = np.zeros((SIZE, SIZE, 4), np.uint8)
        pixels[shapes()[number % 4]] = (*colour, 255)
        path = tmp_path / "sprites" / f"c{number:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(path)
    return str(tmp_path / "sprites")


@pytest.fixture
def scenes(sprites: str) -> partial[Scenes]:
    return partial(
        Scenes,
        sprites=sprites,
        image_size=SIDE,
        min_size=SIZE,
        max_size=SIZE,
        max_objects=5,
        augment=build_augment("flips"),
    )


def seen(sample: Sample, label: int) -> np.ndarray:
    return (sample.image == COLOURS[label]).all(axis=2)


@pytest.mark.parametrize("max_overlap", [0.0, 0.3, 0.8])
def test_boxes_are_those_of_the_pixels_that_remain_visible(
    scenes: partial[Scenes], max_overlap: float
):
    source = scenes(max_overlap=max_overlap).split("train")
    areas = [int(mask.sum()) for mask in shapes()]
    looked_at, most_hidden = 0, 0.0
    for index in range(400):
        sample = source.sample(0, index)
        painted = sample.image.any(axis=2).sum()
        assert painted == sum(seen(sample, label).sum() for label in set(sample.labels.tolist()))
        counts = Counter(sample.labels.tolist())
        for label, box, area in zip(sample.labels, sample.boxes, sample.area, strict=True):
            assert box.min() >= 0
            assert box.max() <= SIDE
            assert area == (box[2] - box[0]) * (box[3] - box[1]) > 0
            if counts[label] > 1:
                continue  # pixels of one colour don't tell which of the two they belong to
            rows, columns = np.nonzero(seen(sample, label))
            tight = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert box.tolist() == list(tight), f"scene {index}"
            hidden = 1 - len(rows) / areas[label % 4]
            assert hidden <= max_overlap + 1e-9
            most_hidden = max(most_hidden, hidden)
            looked_at += 1
    assert looked_at > 600
    assert most_hidden >= 0.8 * max_overlap


def test_labels_stand_in_the_order_of_painting(scenes: partial[Scenes]):
    source = scenes(max_overlap=0.9, max_objects=2, augment=build_augment("none")).split("train")
    covered = 0
    for index in range(300):
        sample = source.sample(0, index)
        if len(set(sample.labels.tolist())) < 2:
            continue
        lower, upper = (int(seen(sample, label).sum()) for label in sample.labels)
        first, last = (int(shapes()[label % 4].sum()) for label in sample.labels)
        assert upper == last, "nothing is over the last one"
        covered += lower < first
    assert covered > 30


def test_all_numbers_of_objects_are_equally_likely():
    source = Scenes(
        sprites="rectangles",
        image_size=64,
        min_size=1,
        max_size=2,
        max_objects=6,
        absent=0.25,
    ).split("train")
    counts = np.bincount([len(source.sample(0, index).labels) for index in range(4000)])
    # A quarter is empty, an eighth holds each number: deviations of 27 and 21.
    assert len(counts) == 7
    assert abs(counts[0] - 1000) < 4 * 27
    assert np.abs(counts[1:] - 500).max() < 4 * 21


def test_a_full_scene_leaves_objects_out_but_is_never_empty(scenes: partial[Scenes]):
    source = scenes(image_size=20, max_overlap=0.0, max_objects=30).split("train")
    numbers = [len(source.sample(0, index).labels) for index in range(200)]
    assert min(numbers) == 1
    # Two hooks fit into each other, but never thirty.
    assert 1 < max(numbers) < 6


@pytest.mark.parametrize("option", ["none", "full"])
def test_a_scene_depends_on_its_number_alone(option: str):
    def source():
        return Scenes(
            sprites="emoji",
            background="photo",
            min_size=16,
            max_size=48,
            max_objects=6,
            absent=0.1,
            augment=build_augment(option),
        ).split("train")

    one, other = source(), source()
    expected = [one.sample(3, index) for index in range(25)]
    for index in reversed(range(25)):
        other.sample(7, index)  # what was made before must leave no trace
        again = other.sample(3, index)
        for name in ("image", "boxes", "labels", "area"):
            assert np.array_equal(getattr(again, name), getattr(expected[index], name))
    assert not np.array_equal(one.sample(4, 0).image, expected[0].image)


def test_overlap_is_part_of_the_digest_where_there_are_several(sprites: str):
    def described(**changes: object) -> dict:
        return Scenes(
            **{"sprites": sprites, "min_size": SIZE, "max_size": SIZE, **changes}
        ).describe()

    assert described(max_overlap=0.1) == described(max_overlap=0.9)
    digests = [
        described(max_objects=number, max_overlap=overlap)["digest"]
        for number, overlap in ((1, 0.1), (2, 0.1), (2, 0.9), (3, 0.9))
    ]
    assert all(one != other for one, other in pairwise(sorted(digests)))


@pytest.mark.parametrize(("option", "most", "side"), [("detection", 6, 128), ("crowd", 30, 160)])
def test_options_fill_batches_with_all_objects(option: str, most: int, side: int):
    config = compose([f"dataset={option}", "augment=full"]).config
    dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
    assert (dataset.batch_form.max_objects, dataset.batch_form.image_size) == (most, side)
    # Test photographs are none of those that are trained on.
    assert not set(dataset.picture_files("train")) & set(dataset.picture_files("test"))
    batch = partial(train_batches, dataset.split("train"), form=dataset.batch_form, seed=0)
    ((images, targets),) = batch(batch_size=40, start_step=0, num_steps=1, workers=0)
    assert images.shape == (40, side, side, 3)
    assert targets["boxes"].shape == (40, most, 4)
    real = targets["labels"] >= 0
    assert real.sum(axis=1).max() >= 0.9 * most
    assert (targets["boxes"][real][:, 2:] > targets["boxes"][real][:, :2]).all()
    with eval_batches(
        dataset.split("val"), batch_size=10, form=dataset.batch_form, workers=0
    ) as batches:
        truths = next(batches).truths
    val = dataset.split("val")
    for index, truth in enumerate(truths):
        assert np.array_equal(truth.boxes, val.sample(0, index).boxes)
