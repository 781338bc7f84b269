"""YOLO sets, as ultralytics describes them and each labelling tool lays them out."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from objloc.data.formats import Yolo
from objloc.errors import DataError
from tests.data.formats.label_files import (
    assert_same_length,
    boxes_of,
    count_calls,
    kinds_of,
    splits_of,
    write_files,
    write_pictures,
    write_turned,
)

LINE = "0 0.5 0.5 0.2 0.4\n"
BOX = [40.0, 15.0, 60.0, 35.0]
"""`LINE` in a picture of 100 × 50."""


def test_boxes_are_parts_of_the_upright_picture(tmp_path: Path) -> None:
    write_turned(tmp_path / "images" / "turned.jpg", orientation=6, width=100, height=50)
    write_pictures(tmp_path, "images/a.png")
    write_files(
        tmp_path,
        {
            "classes.txt": "cat\ndog\n",
            "labels/a.txt": "1 0.5 0.5 1 1\n\n0 0.1 0.2 0.1 0.2\n",
            "labels/turned.txt": LINE,
        },
    )

    annotations = Yolo().read(tmp_path)

    assert annotations.files == ["images/a.png", "images/turned.jpg"]
    assert annotations.sizes.tolist() == [[50, 100], [100, 50]]
    expected = [[0, 0, 100, 50], [5, 5, 15, 15], [20, 30, 30, 70]]
    np.testing.assert_allclose(annotations.boxes, expected, atol=1e-12)
    np.testing.assert_allclose(annotations.area, [5000, 100, 400], atol=1e-9)
    assert annotations.labels.tolist() == [1, 0, 0]
    assert annotations.refs.tolist() == [1, 3, 1]
    assert annotations.where(1) == "line 3"
    assert annotations.label_files == ["labels/a.txt", "labels/turned.txt"]
    assert not annotations.ignore.any()
    assert_same_length(annotations)


@settings(deadline=None)
@given(
    boxes=st.lists(
        st.tuples(
            st.integers(0, 639), st.integers(0, 479), st.integers(1, 640), st.integers(1, 480)
        ),
        max_size=6,
        unique=True,
    )
)
def test_normalised_boxes_come_back(
    boxes: list[tuple[int, int, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Edges in pixels, written with the six decimals that the tools write, come back."""
    root = tmp_path_factory.mktemp("yolo")
    lines = [
        f"0 {(x + width / 2) / 640:.6f} {(y + height / 2) / 480:.6f} {width / 640:.6f} "
        f"{height / 480:.6f}\n"
        for x, y, width, height in boxes
    ]
    write_pictures(root, "a.png", width=640, height=480)
    write_files(root, {"a.txt": "".join(lines), "classes.txt": "cat\n"})

    annotations = Yolo().read(root)

    expected = np.array([(x, y, x + w, y + h) for x, y, w, h in boxes], float).reshape(-1, 4)
    np.testing.assert_allclose(annotations.boxes, expected, atol=640 * 1e-6)


def test_ultralytics_folders(tmp_path: Path) -> None:
    for name in ("images/train/a", "images/train/deep/b", "images/val/c", "images/unused/d"):
        write_pictures(tmp_path, f"{name}.jpg")
        write_files(tmp_path, {f"{name.replace('images', 'labels')}.txt": LINE})
    write_files(
        tmp_path,
        {
            "coco8.yaml": "path: ../datasets/coco8 # dataset root dir\ntrain: images/train\n"
            "val: images/val\ntest: # optional\n\nnames:\n  0: person\n  1: no\n"
            "download: https://localhost/coco8.zip\n"
        },
    )

    annotations = Yolo().read(tmp_path)

    assert splits_of(annotations) == {
        "images/train/a.jpg": "train",
        "images/train/deep/b.jpg": "train",
        "images/val/c.jpg": "val",
    }
    assert annotations.class_names == ("person", "no")  # not False, which YAML makes of `no`
    np.testing.assert_allclose(annotations.boxes, [BOX] * 3)
    assert annotations.findings == ()


def test_path_in_the_yaml_and_the_yaml_as_root(tmp_path: Path) -> None:
    write_pictures(tmp_path, "sets/v2/images/a.jpg", "sets/v2/more/images/b.jpg")
    write_files(tmp_path, {"sets/v2/labels/a.txt": LINE, "sets/v2/more/labels/b.txt": LINE})
    text = "path: sets/v2\ntrain: [images, more/images]\nval: images\nnc: 2\nnames: [cat, dog]\n"
    write_files(tmp_path, {"mine.yaml": text, "other.yaml": text})

    annotations = Yolo().read(tmp_path / "mine.yaml")

    assert annotations.root == tmp_path
    assert splits_of(annotations) == {
        "sets/v2/images/a.jpg": "train",
        "sets/v2/more/images/b.jpg": "train",
    }
    # val: is the same folder as train:.
    assert kinds_of(annotations) == ["duplicate_across_splits"]
    assert annotations.findings[0].severity == "warning"
    assert Yolo(data="other.yaml").read(tmp_path).files == annotations.files
    with pytest.raises(DataError, match=r"mine\.yaml and other\.yaml .*dataset\.format\.data"):
        Yolo().read(tmp_path)


def test_lists_of_pictures(tmp_path: Path) -> None:
    write_pictures(tmp_path, *(f"images/{name}" for name in ("a.jpg", "b.JPG", "c d.jpg", "e.jpg")))
    for name in ("a", "b", "c d", "e"):
        write_files(tmp_path, {f"labels/{name}.txt": LINE})
    write_files(
        tmp_path,
        {
            "data.yaml": "train: train.txt\nval: lists/val.txt\nnames: [cat]\n",
            "train.txt": f"./images/a.jpg\nimages/b.jpg\n{tmp_path}/images/a.jpg\n"
            "images/gone.jpg\n",
            "lists/val.txt": "D:\\mine\\images\\c d.jpg\r\n\r\nD:\\mine\\images\\e.jpg\r\n",
        },
    )

    annotations = Yolo().read(tmp_path)

    assert splits_of(annotations) == {
        "images/a.jpg": "train",
        "images/b.JPG": "train",
        "images/c d.jpg": "val",
        "images/e.jpg": "val",
    }
    missing, foreign = annotations.findings
    assert (missing.kind, missing.severity) == ("picture_missing", "error")
    assert (missing.file, missing.where) == ("train.txt", "line 4")
    assert (foreign.kind, foreign.severity, foreign.file) == (
        *("path_foreign", "note", "lists/val.txt"),
    )
    assert "'images/c d.jpg'" in foreign.message


def test_lists_from_powershell_and_a_picture_in_the_place_of_a_list(tmp_path: Path) -> None:
    write_pictures(tmp_path, *(f"images/{name}.png" for name in "abc"))
    write_files(
        tmp_path,
        {
            "labels/a.txt": "0 .5 .5 .2 .2\n",
            "train.txt": "images/a.png\r\n".encode("utf-16"),
            "val.txt": b"images/b\0.png\nim\0ages/b.png\n./images/b.png\n",
            "data.yaml": "train: train.txt\nval: val.txt\ntest: images/c.png\nnames: [cat]\n",
        },
    )
    annotations = Yolo().read(tmp_path)
    assert splits_of(annotations) == {
        "images/a.png": "train",
        "images/b.png": "val",
        "images/c.png": "test",
    }
    missing = [f for f in annotations.findings if f.kind == "picture_missing"]
    assert [(f.severity, f.file, f.where) for f in missing] == [
        ("error", "val.txt", "line 1"),
        ("error", "val.txt", "line 2"),
    ]


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.png")
    write_files(
        tmp_path,
        {
            "train.txt": b"\xff\xfea",  # UTF-16, and half a letter
            "data.yaml": "train: train.txt\nval: images\nnames: [cat]\n",
        },
    )
    with pytest.raises(DataError, match=r"train\.txt: .* cannot be read .* out of data\.yaml"):
        Yolo().read(tmp_path)


def test_dots_that_lead_out_of_the_folder(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.jpg")
    write_files(tmp_path, {"labels/a.txt": LINE})
    write_files(tmp_path, {"conf/data.yaml": "train: ../images\nval: ../images\nnames: [cat]\n"})
    annotations = Yolo().read(tmp_path / "conf")
    assert annotations.files == ["../images/a.jpg"]
    assert annotations.label_files == ["../labels/a.txt"]
    assert annotations.path(0).is_file()


@pytest.mark.parametrize(
    ("written", "folder", "severity"),
    [
        (r"C:\Users\me\cells\train\images", "train/images", "note"),
        ("/home/me/cells/train/images", "train/images", "note"),
        (r"\\server\share\images", "images", "warning"),
        ("/content/drive/My Drive/cells/images", "images", "warning"),
    ],
)
def test_paths_of_other_machines(written: str, folder: str, severity: str, tmp_path: Path) -> None:
    write_pictures(tmp_path, f"{folder}/a.jpg")
    write_files(tmp_path, {f"{folder.replace('images', 'labels')}/a.txt": LINE})
    write_files(tmp_path, {"data.yaml": f"train: {written}\nval: ''\nnames: [cat]\n"})
    annotations = Yolo().read(tmp_path)
    assert annotations.files == [f"{folder}/a.jpg"]
    (finding,) = annotations.findings
    assert (finding.kind, finding.severity, finding.file) == ("path_foreign", severity, "data.yaml")
    assert repr(written) in finding.message
    assert repr(folder) in finding.message


@pytest.mark.parametrize(
    ("path", "images", "findings"),
    [
        (r"C:\sets\cells", "images", [("path_foreign", "note", "path")]),
        (r"C:\sets\cells", "cells/images", [("path_foreign", "note", "path")]),
        ("/content/sets/cells", "cells/images", [("path_foreign", "note", "path")]),
        ("../datasets/cells", "images", []),
        (".", "images", []),
    ],
)
def test_path_of_another_machine(
    path: str, images: str, findings: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    write_pictures(tmp_path, f"{images}/a.jpg")
    write_files(tmp_path, {f"{images.replace('images', 'labels')}/a.txt": LINE})
    text = f"path: {path}\ntrain: images\nval: null\nnames: [cat]\n"
    write_files(tmp_path, {"data.yaml": text})
    annotations = Yolo().read(tmp_path)
    assert annotations.files == [f"{images}/a.jpg"]
    assert [(f.kind, f.severity, f.where) for f in annotations.findings] == findings


def test_folders_without_a_description(tmp_path: Path) -> None:
    for name in ("train/images/a", "valid/images/b", "images/test/c"):
        write_pictures(tmp_path, f"{name}.jpg")
        write_files(tmp_path, {f"{name.replace('images', 'labels')}.txt": "3" + LINE[1:]})
    annotations = Yolo().read(tmp_path)
    assert splits_of(annotations) == {
        "images/test/c.jpg": "test",
        "train/images/a.jpg": "train",
        "valid/images/b.jpg": "val",
    }
    assert annotations.class_names == ("class_3",)
    assert kinds_of(annotations) == ["class_unknown"]
    assert annotations.findings[0].severity == "warning"


def test_each_folder_is_listed_once_and_no_label_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"data.yaml": "train: images\nval: images\nnames: [cat]\n"})
    write_pictures(tmp_path, "images/0.png")
    content = (tmp_path / "images" / "0.png").read_bytes()
    for i in range(200):
        write_files(tmp_path, {f"images/{i}.png": content, f"labels/{i}.txt": LINE})
    calls = count_calls(monkeypatch, "scandir", "stat", "lstat")

    assert len(Yolo().read(tmp_path)) == 200

    assert calls["scandir"] == 2
    assert calls["stat"] + calls["lstat"] < 30


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    stem = os.fsdecode(b"caf\xe9")
    write_pictures(tmp_path, "images/x.jpg")
    (tmp_path / "images" / "x.jpg").rename(tmp_path / "images" / f"{stem}.jpg")
    write_files(tmp_path, {f"labels/{stem}.txt": LINE, "classes.txt": "cat\n"})
    (tmp_path / "train.txt").write_bytes(b"images/caf\xe9.jpg\n")
    write_files(tmp_path, {"data.yaml": "train: train.txt\nnames: [cat]\n"})
    annotations = Yolo().read(tmp_path)
    assert boxes_of(annotations) == {f"images/{stem}.jpg": [BOX]}
    with Image.open(annotations.path(0)) as picture:
        assert picture.size == (100, 50)


def test_describes_its_options() -> None:
    assert Yolo(data="a.yaml").describe() == {"name": "yolo", "data": "a.yaml"}


def test_cells(shared_data: Path) -> None:
    annotations = Yolo().read(shared_data / "cells_yolo")

    counts = np.diff(annotations.starts)
    assert (len(annotations), counts.min(), counts.max()) == (38, 14, 381)
    assert annotations.class_names == ("cells",)
    assert np.bincount(annotations.splits).tolist() == [32, 3, 3]
    # data.yaml has absolute paths of Windows, one for each split.
    assert kinds_of(annotations) == ["path_foreign"] * 3
    lines = sum(
        len(path.read_text().split("\n")) - path.read_text().endswith("\n")
        for path in (shared_data / "cells_yolo").glob("*/labels/*.txt")
    )
    assert len(annotations.boxes) == lines
    assert_same_length(annotations)
