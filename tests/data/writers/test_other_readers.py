"""What is written is what other tools read: their own rules, not our readers."""

import contextlib
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from pycocotools.coco import COCO

from objloc.data.writers import WRITERS, CocoWriter, LabelledPicture, VocWriter, YoloWriter

CLASSES = ("a dog & a <cat>", "Größe \"quoted\" 'too'", "no: yes # null")


def picture(name: str = "a b.png", **changes: object) -> LabelledPicture:
    """40 × 30 with three objects: all of it, columns 3 and 4 of rows 0 to 9, an ignored one."""
    fields: dict[str, object] = {
        "name": name,
        "pixels": np.full((30, 40, 3), 7, np.uint8),
        "split": "train",
        "image_id": 5,
        "size": (30, 40),
        "boxes": np.array([[0, 0, 40, 30], [3, 0, 5, 10], [1.25, 2.5, 20, 30]], np.float64),
        "labels": np.array([0, 2, 1], np.int32),
        "ignore": np.array([False, False, True]),
        "area": np.array([1200, 20, 99], np.float64),
    }
    return LabelledPicture(**{**fields, **changes})


def empty(name: str, **changes: object) -> LabelledPicture:
    nothing = {
        "boxes": np.zeros((0, 4)),
        "labels": np.zeros(0, np.int32),
        "ignore": np.zeros(0, bool),
        "area": np.zeros(0),
    }
    return picture(name, **nothing, **changes)


def test_pycocotools_loads_coco(tmp_path: Path) -> None:
    ids = np.array([0, 900, 17])
    with CocoWriter(tmp_path / "set", CLASSES, [0, 4, 7]) as writer:
        writer.add(picture(object_ids=ids))
        writer.add(empty("nothing.png", image_id=0))
        writer.add(picture("v.png", split="val", image_id=5))
    with contextlib.redirect_stdout(io.StringIO()):
        train = COCO(tmp_path / "set" / "annotations" / "instances_train.json")
        val = COCO(tmp_path / "set" / "annotations" / "instances_val.json")
    assert sorted(train.getImgIds()) == [0, 5]
    assert [train.cats[i]["name"] for i in train.getCatIds()] == list(CLASSES)
    assert train.getCatIds() == [0, 4, 7]
    whole, thin, crowd = (train.anns[int(i)] for i in ids)
    assert (whole["bbox"], whole["area"], whole["category_id"]) == ([0, 0, 40, 30], 1200, 0)
    assert (thin["bbox"], thin["area"], thin["category_id"]) == ([3, 0, 2, 10], 20, 7)
    assert (crowd["bbox"], crowd["area"], crowd["iscrowd"]) == ([1.25, 2.5, 18.75, 27.5], 99, 1)
    assert train.getAnnIds(imgIds=[5], iscrowd=False) == [0, 900]
    assert train.getAnnIds(imgIds=[0]) == []
    image = train.imgs[5]
    assert (image["width"], image["height"]) == (40, 30)
    assert (tmp_path / "set" / "images" / "train" / image["file_name"]).is_file()
    # Without ids of their own, annotations are numbered from 1.
    assert sorted(val.anns) == [1, 2, 3]


def test_classes_in_another_order_than_their_ids_get_new_ones(tmp_path: Path) -> None:
    with CocoWriter(tmp_path / "set", CLASSES, [4, 0, 7]) as writer:
        writer.add(picture())
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(tmp_path / "set" / "annotations" / "instances_train.json")
    assert {i: category["name"] for i, category in coco.cats.items()} == dict(
        zip((1, 2, 3), CLASSES, strict=True)
    )


def test_voc_as_the_development_kit_reads_it(tmp_path: Path) -> None:
    """Names from ImageSets, then Annotations/%s.xml, pixels from 1, the last one in the box."""
    with VocWriter(tmp_path / "set", CLASSES) as writer:
        writer.add(picture("first.png"))
        writer.add(empty("second.png", split="val"))
    root = tmp_path / "set"
    assert (root / "ImageSets" / "Main" / "train.txt").read_text().split() == ["first"]
    assert (root / "ImageSets" / "Main" / "val.txt").read_text().split() == ["second"]
    record = ElementTree.parse(root / "Annotations" / "first.xml").getroot()
    assert (root / record.findtext("folder", "") / record.findtext("filename", "")).is_file()
    assert [record.findtext(f"size/{tag}") for tag in ("width", "height", "depth")] == [
        *("40", "30", "3")
    ]
    objects = record.findall("object")
    assert [item.findtext("name") for item in objects] == [CLASSES[0], CLASSES[2], CLASSES[1]]
    assert [item.findtext("difficult") for item in objects] == ["0", "0", "1"]
    corners = [
        tuple(item.findtext(f"bndbox/{tag}") for tag in ("xmin", "ymin", "xmax", "ymax"))
        for item in objects
    ]
    # Columns 3 and 4 counted from 0 are 4 and 5 counted from 1.
    assert corners == [("1", "1", "40", "30"), ("4", "1", "5", "10"), ("2.25", "3.5", "20", "30")]
    second = ElementTree.parse(root / "Annotations" / "second.xml").getroot()
    assert second.findall("object") == []


def test_cvat_s_list_of_classes_and_its_quotes(tmp_path: Path) -> None:
    with VocWriter(tmp_path / "set", ["a b", "c"]) as writer:
        writer.add(picture("photo 1.png", labels=np.array([0, 1, 1], np.int32)))
    # CVAT: label:color_rgb:parts:actions, comments from #; names with blanks in quotes.
    lines = (tmp_path / "set" / "labelmap.txt").read_text().splitlines()
    assert lines == ["# label:color_rgb:parts:actions", "a b:::", "c:::"]
    listed = (tmp_path / "set" / "ImageSets" / "Main" / "train.txt").read_text()
    assert listed == '"photo 1"\n'


def test_yolo_as_its_own_trainer_reads_it(tmp_path: Path) -> None:
    with YoloWriter(tmp_path / "set", CLASSES) as writer:
        writer.add(picture("a b (1) 100%.png"))
        writer.add(empty("nothing.png"))
        writer.add(picture("v.png", split="val"))
    root = tmp_path / "set"
    data = yaml.safe_load((root / "data.yaml").read_text(encoding="utf-8"))
    assert data["names"] == dict(enumerate(CLASSES))
    assert data["nc"] == 3
    for split, expected in (("train", {"a b (1) 100%.png", "nothing.png"}), ("val", {"v.png"})):
        pictures = {file.name for file in (root / data[split]).iterdir()}
        assert pictures == expected
    # ultralytics: the last /images/ becomes /labels/, the ending .txt.
    image = f"{root}/images/train/a b (1) 100%.png"
    label = Path("/labels/".join(image.rsplit("/images/", 1)).rsplit(".", 1)[0] + ".txt")
    rows = [[float(word) for word in line.split()] for line in label.read_text().splitlines()]
    # The ignored object would be an object like any other, so it is not there.
    assert rows == [[0, 0.5, 0.5, 1, 1], [2, 0.1, 5 / 30, 0.05, pytest.approx(10 / 30)]]
    assert not re.search(r"[^\d\s.]", label.read_text())  # no exponents, no signs
    assert (root / "labels" / "train" / "nothing.txt").read_text() == ""
    # labelImg wants the classes beside the labels.
    classes = (root / "labels" / "train" / "classes.txt").read_text(encoding="utf-8")
    assert classes.splitlines() == list(CLASSES)


@pytest.mark.parametrize("to", WRITERS)
def test_pixels_without_a_file_are_written_without_loss(tmp_path: Path, to: str) -> None:
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    with WRITERS[to](tmp_path / "set", CLASSES) as writer:
        writer.add(picture("a.png", pixels=pixels))
    (file,) = (tmp_path / "set").rglob("*.png")
    with Image.open(file) as written:
        assert written.format == "PNG"
        np.testing.assert_array_equal(np.asarray(written), pixels)
