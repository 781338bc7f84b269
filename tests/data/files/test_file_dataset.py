import json
import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from objloc.data import Dataset, FileDataset, SampleSource
from objloc.data.files import Annotations, Finding
from objloc.errors import ConfigError, DataError
from tests.data.conftest import build_augment
from tests.data.files.labels import HandMade, Object, Picture, table

BOX = (4.0, 2.0, 20.0, 14.0)
SPLITS = ("train", "val", "test")


def dataset(annotations: Annotations, **options: object) -> FileDataset:
    return FileDataset(root=annotations.root, format=HandMade(annotations), **options)


@pytest.fixture
def pictures(tmp_path: Path, write_noise) -> list[Picture]:
    """Twelve pictures, 32 × 24 px, two thirds of them for training; each third one is empty."""
    found = []
    for number in range(12):
        write_noise(f"set/{number}.png", seed=number)
        split = ("train", "train", "train", "train", "val", "test")[number % 6]
        objects: list[Object] = [("cat", BOX), ("dog", (0, 0, 32, 24))][: number % 3]
        found.append(Picture(f"{number}.png", objects, (24, 32), split))
    return found


def with_objects(pictures: Sequence[Picture], number: int, *objects: Object) -> list[Picture]:
    changed = list(pictures)
    changed[number] = replace(changed[number], objects=objects)
    return changed


def test_it_is_a_dataset_like_any_other(tmp_path: Path, pictures: list[Picture]):
    made = dataset(table(tmp_path / "set", pictures))
    assert isinstance(made, Dataset)
    assert made.class_names == ("cat", "dog")
    sizes = {}
    for name in SPLITS:
        split = made.split(name)
        assert isinstance(split, SampleSource)
        assert split.class_names == made.class_names
        sizes[name] = len(split)
        assert made.split(name) is split  # and so there is one cache
    assert sizes == {"train": 8, "val": 2, "test": 2}
    assert made.findings() == ()
    assert made.batch_form.image_size == 224
    assert made.batch_form.resize_mode == "letterbox"


def test_the_most_objects_are_those_of_training_that_count(tmp_path: Path, pictures: list[Picture]):
    crowded: list[Object] = [("cat", BOX)] * 7
    more = with_objects(pictures, 4, *crowded)  # validation
    assert dataset(table(tmp_path / "set", more)).batch_form.max_objects == 2
    more = with_objects(more, 0, *crowded[:5])
    made = table(tmp_path / "set", more)
    assert dataset(made).batch_form.max_objects == 5
    assert dataset(made, max_objects=3).batch_form.max_objects == 3
    more[0] = replace(more[0], ignore=True)
    assert dataset(table(tmp_path / "set", more)).batch_form.max_objects == 2
    # For evaluation alone there is nothing to train on.
    held_out = [replace(picture, split="test") for picture in more]
    assert dataset(table(tmp_path / "set", held_out)).batch_form.max_objects == 7


def test_classes_choose_and_order_the_labels(tmp_path: Path, pictures: list[Picture]):
    made = table(tmp_path / "set", pictures, class_names=("cat", "horse", "dog"))
    swapped = dataset(made, classes=["dog", "cat"])
    assert swapped.class_names == ("dog", "cat")
    sample = swapped.split("train").sample(0, 2)
    assert sample.labels.tolist() == [1, 0]
    assert sample.boxes.tolist() == [list(BOX), [0, 0, 32, 24]]
    dogs = dataset(made, classes=["dog"])
    counts = [len(dogs.split("train").sample(0, index).labels) for index in range(8)]
    assert counts == [0, 0, 1, 0, 0, 0, 1, 0]
    assert dogs.batch_form.max_objects == 1
    with pytest.raises(
        ConfigError, match=r"no class 'hors'\. Did you mean 'horse'\? They have: cat"
    ):
        dataset(made, classes=["hors"])
    for wrong in ([], ["cat", "cat"]):
        with pytest.raises(ConfigError, match="name each class once, at least one"):
            dataset(made, classes=wrong)


FAULTS: list[Object] = [
    ("cat", (float("nan"), 0, 5, 5)),
    ("cat", (9, 2, 5, 9)),
    ("cat", (5, 2, 5, 9)),
    ("cat", (10, 2, 50, 9)),
    ("cat", (40, 2, 50, 9)),
    ("cat", BOX),
]


def test_faulty_boxes_stop_it_and_are_named(tmp_path: Path, pictures: list[Picture]):
    made = dataset(table(tmp_path / "set", with_objects(pictures, 1, *FAULTS)))
    made.describe()  # what is wrong with the labels is told by `split`
    for name in SPLITS:
        with pytest.raises(DataError) as caught:
            made.split(name)
    message = str(caught.value)
    assert f"{tmp_path}/set: 5 errors in labels or pictures:\n" in message
    assert "  1.png.txt: line 2: cat in 1.png: box (9, 2, 5, 9) is inside out" in message
    assert f"python -m objloc.check dataset=voc dataset.root={tmp_path}/set" in message
    assert "dataset.invalid_boxes=skip" in message
    assert [finding.kind for finding in made.findings()] == [
        *("box_not_a_number", "box_inverted", "box_empty", "box_outside", "box_outside")
    ]


def test_an_error_lists_ten_and_counts_the_rest(tmp_path: Path, pictures: list[Picture]):
    many = with_objects(pictures, 1, *(FAULTS[:5] * 4))
    with pytest.raises(DataError) as caught:
        dataset(table(tmp_path / "set", many)).split("train")
    assert "20 errors" in str(caught.value)
    assert str(caught.value).count("\n  1.png.txt: line") == 10
    assert "… and 10 more" in str(caught.value)


@pytest.mark.parametrize(
    ("policy", "boxes", "told"),
    [
        ("skip", [list(BOX)], "left out 5 boxes and 0 pictures; python -m objloc.check"),
        (
            "clip",
            [[10, 2, 32, 9], list(BOX)],
            "left out 4 boxes and 0 pictures, clipped 1 box to the picture; python -m",
        ),
    ],
)
def test_faulty_boxes_are_skipped_or_clipped_and_counted(
    tmp_path: Path, pictures: list[Picture], caplog, policy: str, boxes: list, told: str
):
    labels = table(tmp_path / "set", with_objects(pictures, 1, *FAULTS))
    made = dataset(labels, invalid_boxes=policy)
    with caplog.at_level(logging.WARNING, "objloc.data"):
        sample = made.split("train").sample(0, 1)
        made.split("val")
        made.split("test")
    assert sample.boxes.tolist() == boxes
    [message] = [record.getMessage() for record in caplog.records]
    assert told in message
    assert made.describe()["left_out"] == {
        "pictures": 0,
        "boxes": 6 - len(boxes),
        "clipped_boxes": len(boxes) - 1,
    }
    assert made.annotations is labels


def test_nothing_wrong_is_nothing_said(tmp_path: Path, pictures: list[Picture], caplog):
    dataset(table(tmp_path / "set", pictures), invalid_boxes="skip").split("train")
    assert not caplog.records


def test_faults_of_classes_that_are_not_used_stop_nothing(tmp_path: Path, pictures: list[Picture]):
    labels = table(tmp_path / "set", with_objects(pictures, 1, *FAULTS))
    made = dataset(labels, classes=["dog"])
    assert len(made.split("train")) == 8
    assert len(made.findings()) == 5


def test_faulty_pictures_stop_it_or_are_skipped(tmp_path: Path, pictures: list[Picture], caplog):
    root = tmp_path / "set"
    (root / "0.png").unlink()
    content = (root / "1.png").read_bytes()
    (root / "1.png").write_bytes(content[:600])
    (root / "2.png").write_text("no picture")
    wrong = list(pictures)
    wrong[3] = replace(wrong[3], size=(48, 64), objects=[("cat", (30, 2, 60, 40))])
    labels = table(root, wrong)
    with pytest.raises(DataError) as caught:
        dataset(labels, invalid_boxes="skip").split("val")
    assert "4 errors" in str(caught.value)
    assert "0.png.txt: 0.png: there is no such picture; put it there, or set" in str(caught.value)
    kinds = [finding.kind for finding in dataset(labels).findings()]
    assert kinds[:4] == [
        "picture_missing",
        "picture_truncated",
        "picture_unreadable",
        "size_mismatch",
    ]

    made = dataset(labels, invalid_boxes="skip", invalid_pictures="skip")
    assert len(made.split("train")) == 4
    assert "left out 0 boxes and 4 pictures" in caplog.text
    assert made.describe()["counts"]["train"] == {"pictures": 4, "objects": 3}
    seen = [made.split("train").sample(0, index) for index in range(4)]
    assert [sample.image_id for sample in seen] == [6, 7, 8, 9]


def test_unchecked_pictures_are_found_wrong_when_they_are_read(
    tmp_path: Path, pictures: list[Picture]
):
    (tmp_path / "set" / "0.png").write_text("no picture")
    made = dataset(table(tmp_path / "set", pictures), check_pictures=False)
    assert made.pictures is None
    train = made.split("train")
    train.sample(0, 1)
    with pytest.raises(DataError, match=r"0\.png: not a picture"):
        train.sample(0, 0)


def test_what_the_reader_could_not_read_counts(tmp_path: Path, pictures: list[Picture], caplog):
    def found(kind: str, where: str = "", severity: str = "error") -> Finding:
        return Finding(kind, severity, "0.png.txt", "is wrong", "mend it", where)

    labels = table(
        tmp_path / "set",
        with_objects(pictures, 0, ("cat", (float("nan"), 0, 5, 5))),
        findings=[
            found("label_unreadable"),
            found("label_unreadable", "line 3"),
            found("class_unknown", "line 4"),
            found("box_not_a_number", "line 1"),  # the reader keeps the box and tells of it, too
            found("class_unused", severity="warning"),
        ],
    )
    with pytest.raises(DataError, match="4 errors"):
        dataset(labels).split("train")
    with pytest.raises(DataError, match="1 error "):
        dataset(labels, invalid_boxes="skip").split("train")
    with pytest.raises(DataError, match="3 errors"):
        dataset(labels, invalid_pictures="skip").split("train")
    made = dataset(labels, invalid_boxes="skip", invalid_pictures="skip")
    made.split("train")
    assert "left out 3 boxes and 1 picture;" in caplog.text
    assert len(made.findings()) == 5


def test_a_split_without_pictures_says_where_they_are(tmp_path: Path, pictures: list[Picture]):
    held_out = [replace(picture, split="test") for picture in pictures]
    made = dataset(table(tmp_path / "set", held_out))
    assert len(made.split("test")) == 12
    with pytest.raises(DataError) as caught:
        made.split("train")
    assert "the train split has no picture; of 12 labelled pictures: train 0, val 0, test 12" in (
        str(caught.value)
    )
    assert "dataset.splits=content" in str(caught.value)
    dealt = dataset(table(tmp_path / "set", held_out), splits="content")
    assert [len(dealt.split(name)) >= 1 for name in SPLITS] == [True] * 3
    assert sum(len(dealt.split(name)) for name in SPLITS) == 12


def test_training_needs_an_object(tmp_path: Path, pictures: list[Picture]):
    empty = [replace(picture, objects=()) for picture in pictures]
    for labels, said in (
        (table(tmp_path / "set", empty), "object of cat, dog; there is nothing to learn"),
        (table(tmp_path / "set", empty, class_names=()), "object of any class"),
    ):
        made = dataset(labels)
        assert made.batch_form.max_objects == 1
        assert len(made.split("val")) == 2
        with pytest.raises(DataError, match=said):
            made.split("train")


def test_image_ids_are_the_labels_own_where_they_are_unique(
    tmp_path: Path, pictures: list[Picture]
):
    ids = [100 + number for number in range(12)]
    val = dataset(table(tmp_path / "set", pictures, image_ids=ids)).split("val")
    assert [val.sample(0, index).image_id for index in range(2)] == [104, 110]
    val = dataset(table(tmp_path / "set", pictures, image_ids=[7] * 12)).split("val")
    assert [val.sample(0, index).image_id for index in range(2)] == [4, 10]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 0}, "dataset.image_size is 0; it must be at least 1"),
        ({"max_objects": 0}, "dataset.max_objects is 0"),
        ({"cache_mb": -1}, "dataset.cache_mb is -1"),
        ({"split_seed": -1}, "dataset.split_seed is -1"),
        ({"seed": -1}, "seed is -1"),
        ({"folds": 3, "fold": 3}, "dataset.fold is 3"),
    ],
)
def test_numbers_out_of_range_are_named(tmp_path: Path, options: dict, message: str):
    with pytest.raises(ConfigError, match=message):
        dataset(table(tmp_path, []), **options)


def test_describe_is_json_and_names_what_it_is(tmp_path: Path, pictures: list[Picture]):
    made = dataset(table(tmp_path / "set", pictures), augment=build_augment("pictures"))
    described = made.describe()
    text = json.dumps(described)
    assert json.dumps(json.loads(text)) == text
    assert described["name"] == "set"
    assert described["kind"] == "files"
    assert described["format"] == {"name": "voc"}
    assert described["class_names"] == ["cat", "dog"]
    assert described["counts"] == {
        "train": {"pictures": 8, "objects": 6},
        "val": {"pictures": 2, "objects": 2},
        "test": {"pictures": 2, "objects": 4},
    }
    assert described["augment"]["picture"]
    assert "sprite" not in described["augment"]


def test_the_digest_follows_labels_splits_and_options(tmp_path: Path, pictures: list[Picture]):
    def digest(changed: Sequence[Picture] = pictures, root: str = "set", **options) -> str:
        return dataset(table(tmp_path / root, changed), **options).describe()["digest"]

    first = digest()
    moved = replace(pictures[1], objects=[("cat", (4, 2, 20, 14.5))])
    other_class = replace(pictures[1], objects=[("dog", BOX)])
    other_split = replace(pictures[1], split="val")
    for change in (moved, other_class, other_split, replace(pictures[1], ignore=True)):
        assert digest([pictures[0], change, *pictures[2:]]) != first
    for options in (
        {"classes": ["cat"]},
        {"image_size": 96},
        {"resize": "stretch"},
        {"max_objects": 1},
        {"splits": "content"},
        {"folds": 3},
        {"augment": build_augment("pictures")},
        {"seed": 1},
    ):
        assert digest(**options) != first, options
    assert digest(splits="content") != digest(splits="content", split_seed=1)
    # What changes nothing that is learned: where it is, how it is read, what photographs ignore.
    shutil.copytree(tmp_path / "set", tmp_path / "moved" / "renamed")
    assert digest(root="moved/renamed") == first
    assert digest(cache_mb=0, check_pictures=False) == first
    assert digest(split_seed=3) == first  # every picture has its own split
    sprites_only = build_augment("geometric")
    sprites_only.image = ()
    assert digest(augment=sprites_only) == digest(augment=build_augment("none")) == first


def test_splits_are_the_same_wherever_the_pictures_are(tmp_path: Path, pictures: list[Picture]):
    shutil.copytree(tmp_path / "set", tmp_path / "other")
    here, there = (
        dataset(table(tmp_path / name, pictures), splits="content") for name in ("set", "other")
    )
    assert here.splits.tolist() == there.splits.tolist()
    assert here.describe()["digest"] == there.describe()["digest"]
