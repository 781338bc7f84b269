"""YOLO as Label Studio, labelImg, CVAT and Roboflow write it."""

import json
from pathlib import Path

import numpy as np
import pytest

from objloc.data.formats import Yolo
from objloc.errors import DataError
from tests.data.formats.label_files import (
    boxes_of,
    kinds_of,
    splits_of,
    write_files,
    write_pictures,
)

LINE = "0 0.5 0.5 0.2 0.4\n"
BOX = [40.0, 15.0, 60.0, 35.0]
"""`LINE` in a picture of 100 × 50."""


def test_roboflow_export(tmp_path: Path) -> None:
    root = tmp_path / "cells"
    for folder, name in (("train", "a"), ("valid", "b"), ("test", "c")):
        stem = f"{name}_jpg.rf.0123456789abcdef"
        write_pictures(root, f"{folder}/images/{stem}.jpg")
        write_files(root, {f"{folder}/labels/{stem}.txt": LINE})
    text = (
        "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 1\n"
        "names: ['cat']\n\nroboflow:\n  workspace: me\n  version: 1\n"
    )
    write_files(root, {"data.yaml": text, "README.dataset.txt": "0 0 0 0 0"})

    annotations = Yolo().read(root)

    assert [*splits_of(annotations).values()] == ["test", "train", "val"]
    assert annotations.findings == ()

    # Another set lies where the dots lead: this one's own folders are meant.
    write_pictures(tmp_path, "train/images/stranger.jpg")
    again = Yolo().read(root)
    assert again.files == annotations.files
    assert kinds_of(again) == ["path_foreign"]


def test_label_studio_export(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/3f1b2c4d-my_cat.png", "images/5a6b7c8d-my_dog.jpg")
    notes = {
        "categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}],
        "info": {"year": 2026, "version": "1.0", "contributor": "Label Studio"},
    }
    write_files(
        tmp_path,
        {
            "labels/3f1b2c4d-my_cat.txt": "0 0.5 0.5 0.2 0.4\n",
            "labels/5a6b7c8d-my_dog.txt": "1 0.5000000000000001 0.5 0.2 0.4\n",
            "classes.txt": "cat\ndog\n",
            "notes.json": json.dumps(notes, indent=2),
        },
    )
    annotations = Yolo().read(tmp_path)
    assert annotations.class_names == ("cat", "dog")
    assert annotations.labels.tolist() == [0, 1]
    np.testing.assert_allclose(annotations.boxes, [BOX, BOX])
    assert annotations.findings == ()

    (tmp_path / "classes.txt").unlink()
    assert Yolo().read(tmp_path).class_names == ("cat", "dog")


def test_label_studio_export_without_its_pictures(tmp_path: Path) -> None:
    write_files(tmp_path, {"labels/a.txt": LINE, "classes.txt": "cat\n"})
    (tmp_path / "images").mkdir()
    with pytest.raises(DataError, match="there are no pictures; export the set with its pictures"):
        Yolo().read(tmp_path)


def test_labelimg_beside_the_pictures(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.jpg", "b.jpg")
    write_files(tmp_path, {"a.txt": "1 0.500000 0.500000 0.200000 0.400000\n"})
    write_files(tmp_path, {"classes.txt": "dog\ncat\n", "notes.txt": "bought in May\n"})
    annotations = Yolo().read(tmp_path)
    assert boxes_of(annotations) == {"a.jpg": [BOX], "b.jpg": []}
    assert [annotations.class_names[label] for label in annotations.labels] == ["cat"]
    (finding,) = annotations.findings
    assert (finding.kind, finding.severity, finding.file) == ("picture_unlabelled", "note", "b.jpg")


def test_cvat_yolo_1_1_export(tmp_path: Path) -> None:
    write_pictures(tmp_path, "obj_train_data/a.jpg", "obj_train_data/sub/b.PNG")
    write_pictures(tmp_path, "obj_Validation_data/c.jpg", "obj_extra_data/d.jpg")
    write_files(
        tmp_path,
        {
            "obj.data": "classes = 2\ntrain = data/train.txt\nValidation = data/Validation.txt\n"
            "extra = data/extra.txt\nnames = data/obj.names\nbackup = backup/\n",
            "obj.names": "cat\ndog\n",
            "train.txt": "data/obj_train_data/a.jpg\ndata/obj_train_data/sub/b.PNG\n",
            "Validation.txt": "data/obj_Validation_data/c.jpg\n",
            "extra.txt": "data/obj_extra_data/d.jpg\n",
            "obj_train_data/a.txt": LINE,
            "obj_train_data/sub/b.txt": LINE,
            "obj_Validation_data/c.txt": "1" + LINE[1:],
            "obj_extra_data/d.txt": "",
        },
    )

    annotations = Yolo().read(tmp_path)

    assert splits_of(annotations) == {
        "obj_Validation_data/c.jpg": "val",
        "obj_extra_data/d.jpg": "",
        "obj_train_data/a.jpg": "train",
        "obj_train_data/sub/b.PNG": "train",
    }
    assert annotations.class_names == ("cat", "dog")
    assert annotations.labels.tolist() == [1, 0, 0]
    assert annotations.findings == ()


def test_cvat_ultralytics_export(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/train/a.jpg", "images/train/kitchen/b.jpg")
    write_files(
        tmp_path,
        {
            "data.yaml": "names:\n  0: cat\n  1: dog\npath: .\ntrain: train.txt\n",
            "train.txt": "data/images/train/a.jpg\nimages/train/kitchen/b.jpg\n",
            "labels/train/a.txt": LINE,
            "labels/train/kitchen/b.txt": LINE,
        },
    )
    annotations = Yolo().read(tmp_path)
    assert annotations.files == ["images/train/a.jpg", "images/train/kitchen/b.jpg"]
    assert len(annotations.boxes) == 2
    assert annotations.findings == ()
