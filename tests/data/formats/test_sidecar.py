"""The sidecar adds to what label files say, and never contradicts what a person changed in them."""

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from objloc.data.files import Annotations
from objloc.data.formats import Voc, Yolo
from objloc.data.formats.sidecar import SIDECAR
from objloc.data.writers import LabelledPicture, VocWriter, YoloWriter

CLASSES = ("zebra", "unseen", "ant")


def _picture(name: str, image_id: int) -> LabelledPicture:
    return LabelledPicture(
        name=name,
        pixels=np.full((30, 40, 3), image_id, np.uint8),
        split="train",
        image_id=image_id,
        size=(30, 40),
        boxes=np.array([[0, 0, 4, 4], [10, 10, 20, 20], [5, 5, 9, 9], [8, 0, 16, 8]], np.float64),
        labels=np.array([0, 2, 2, 0], np.int32),
        ignore=np.array([False, True, False, False]),
        area=np.array([9, 50, 16, 64], np.float64),
        object_ids=np.array([40, 0, 7, 8]),
    )


@pytest.fixture
def yolo(tmp_path: Path) -> Path:
    with YoloWriter(tmp_path / "set", CLASSES, [3, 5, 90]) as writer:
        writer.add(_picture("a.png", 17))
        writer.add(_picture("b.png", 4))
    return tmp_path / "set"


def _first(table: Annotations) -> slice:
    assert table.files[0] == "images/train/a.png"
    return table.objects(0)


def test_it_completes_the_label_files(yolo: Path) -> None:
    table = Yolo().read(yolo)
    rows = _first(table)
    assert table.image_ids.tolist() == [17, 4]
    assert table.class_ids is not None
    assert table.class_ids.tolist() == [3, 5, 90]
    assert table.object_ids is not None
    assert table.object_ids[rows].tolist() == [40, 0, 7, 8]
    assert table.ignore[rows].tolist() == [False, True, False, False]
    assert table.area[rows].tolist() == [9, 50, 16, 64]
    # Lines of the label file; the ignored object has none.
    assert table.refs[rows].tolist() == [1, 0, 2, 3]


def test_an_edited_label_file_wins(yolo: Path) -> None:
    label = yolo / "labels" / "train" / "a.txt"
    _, second, third = label.read_text().splitlines()
    moved = second.replace("2 ", "0 ", 1)  # another class
    label.write_text(f"1 0.5 0.5 0.1 0.1\n{third}\n{moved}\n")  # the first was deleted, one is new
    table = Yolo().read(yolo)
    rows = _first(table)
    assert table.labels[rows].tolist() == [2, 0, 1, 0]
    assert table.ignore[rows].tolist() == [True, False, False, False]
    assert table.area[rows] == pytest.approx(np.array([50, 64, 0.01 * 1200, 16]))
    assert table.refs[rows].tolist() == [0, 2, 1, 3]
    assert table.object_ids is not None
    ids = table.object_ids.tolist()
    assert ids[:2] == [0, 8]
    # New objects get ids that no other has; those of the other picture may have been the same.
    assert ids[2:4] == [41, 42]
    # The other picture is as it was.
    assert ids[4:] == [40, 0, 7, 8]


def test_thousands_of_objects_in_a_picture_take_little_memory(tmp_path: Path) -> None:
    count = 2000
    corners = np.random.default_rng(0).uniform(0, 1000, (count, 2))
    picture = replace(
        _picture("a.png", 17),
        size=(2000, 2000),
        boxes=np.concatenate([corners, corners + 9], axis=1),
        labels=np.zeros(count, np.int32),
        ignore=np.zeros(count, np.bool_),
        area=np.arange(count, dtype=np.float64),
        object_ids=np.arange(count),
        pixels=np.zeros((2000, 2000, 3), np.uint8),
    )
    with YoloWriter(tmp_path / "set", CLASSES) as writer:
        writer.add(picture)
    label = tmp_path / "set" / "labels" / "train" / "a.txt"
    lines = label.read_text().splitlines(keepends=True)
    label.write_text("".join(reversed(lines)))
    tracemalloc.start()
    table = Yolo().read(tmp_path / "set")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # In the sidecar's order, each with the line that it has now.
    assert np.allclose(table.boxes, picture.boxes)
    assert table.area.tolist() == [*range(count)]
    assert table.refs.tolist() == [*range(count, 0, -1)]
    assert peak < 30 * 2**20  # all against all: over 100


def test_pictures_come_and_go(yolo: Path) -> None:
    (yolo / "images" / "train" / "a.png").unlink()
    (yolo / "labels" / "train" / "a.txt").unlink()
    (yolo / "images" / "train" / "c.png").write_bytes(
        (yolo / "images" / "train" / "b.png").read_bytes()
    )
    table = Yolo().read(yolo)
    assert table.files == ["images/train/b.png", "images/train/c.png"]
    assert table.image_ids.tolist() == [4, 5]
    assert np.diff(table.starts).tolist() == [4, 0]


def test_a_class_that_was_renamed_takes_its_objects_along(yolo: Path) -> None:
    data = yolo / "data.yaml"
    data.write_text(data.read_text().replace("ant", "emmet"))
    table = Yolo().read(yolo)
    assert table.class_names == ("zebra", "unseen", "emmet")
    assert table.class_ids is None
    rows = _first(table)
    # What the sidecar says of the old class is not known to be true of the new one.
    assert table.labels[rows].tolist() == [0, 0, 2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"objloc": 99, "class_names": [], "class_ids": null, "pictures": {}}',
        '{"objloc": 1, "class_names": 5, "class_ids": null, "pictures": {}}',
        '{"objloc": 1, "class_names": ["a"], "class_ids": null, '
        '"pictures": {"images/train/a.png": {"id": 1, "objects": [[1, 2]]}}}',
        '{"objloc": 1, "class_names": ["a"], "class_ids": null, '
        '"pictures": {"images/train/a.png": {"id": 1, "objects": [[7,0,0,1,1,false,1,1,false]]}}}',
        '{"objloc": 1, "class_names": ["a"], "class_ids": null, '
        '"pictures": {"images/train/a.png": {"id": "x"}}}',
    ],
)
def test_a_damaged_one_is_told_and_passed_over(yolo: Path, text: str) -> None:
    (yolo / SIDECAR).write_text(text)
    table = Yolo().read(yolo)
    assert np.diff(table.starts).tolist() == [3, 3]
    assert table.image_ids.tolist() == [0, 1]
    (finding,) = table.findings
    assert (finding.kind, finding.severity) == ("label_unreadable", "warning")
    assert finding.file == SIDECAR
    assert "convert the set again" in finding.way_out


def test_voc_takes_the_order_of_classes_from_it_unless_a_list_is_named(tmp_path: Path) -> None:
    with VocWriter(tmp_path / "set", CLASSES) as writer:
        writer.add(_picture("a.png", 17))
    assert Voc().read(tmp_path / "set").class_names == CLASSES
    (tmp_path / "set" / "list.txt").write_text("ant\nzebra\n")
    table = Voc(classes_file="list.txt").read(tmp_path / "set")
    assert table.class_names == ("ant", "zebra")
    assert table.labels.tolist() == [1, 0, 0, 1]
    assert table.area.tolist() == [9, 50, 16, 64]


def test_the_reader_s_own_choice_about_difficult_objects_stays(tmp_path: Path) -> None:
    with VocWriter(tmp_path / "set", CLASSES) as writer:
        writer.add(_picture("a.png", 17))
    assert not Voc(difficult="keep").read(tmp_path / "set").ignore.any()
    skipped = Voc(difficult="skip").read(tmp_path / "set")
    assert skipped.area.tolist() == [9, 16, 64]


def test_it_is_json_that_says_what_it_is(yolo: Path) -> None:
    content = json.loads((yolo / SIDECAR).read_text(encoding="ascii"))
    assert content["objloc"] == 1
    assert "objloc" in content["about"]
    assert content["object_columns"][0] == "class"
    assert list(content["pictures"]) == ["images/train/a.png", "images/train/b.png"]
