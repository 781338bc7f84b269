"""Where the paths in a YOLO set's files lead."""

from pathlib import Path

import pytest

from objloc.data.formats.yolo_places import Found, resolve


@pytest.mark.parametrize(
    ("written", "path", "tail"),
    [
        ("images/train", "images/train", ""),
        ("./images//train/", "images/train", ""),
        ("images\\train", "images/train", ""),
        ("../images/train", "images/train", ""),
        (".", ".", ""),
        ("images/..", ".", ""),
        ("../coco8/images/train", "images/train", "images/train"),
        ("datasets/cells/images", "images", "images"),
        ("data/images", "images", "images"),
        (r"C:\cells\images\train", "images/train", "images/train"),
        ("c:/somewhere/images", "images", "images"),
        (r"\\server\share\cells\images\train", "images/train", "images/train"),
        ("/mnt/cells/images/train", "images/train", "images/train"),
    ],
)
def test_what_is_meant(written: str, path: str, tail: str, tmp_path: Path) -> None:
    root = tmp_path / "cells"
    (root / "images" / "train").mkdir(parents=True)
    found = resolve(written, [str(root)])
    assert found == Found(str(root / path), tail)


@pytest.mark.parametrize(
    "written", ["valid/images", "nothing", "/", "C:\\", "../../nothing", "a\0b", "x" * 5000]
)
def test_what_leads_nowhere(written: str, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    assert resolve(written, [str(tmp_path)]) is None


def test_absolute_paths_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "set").mkdir()
    found = resolve(str(tmp_path / "elsewhere"), [str(tmp_path / "set")])
    assert found == Found(str(tmp_path / "elsewhere"))


def test_the_first_base_goes_first(tmp_path: Path) -> None:
    for name in ("one/images", "two/images", "two/labels"):
        (tmp_path / name).mkdir(parents=True)
    bases = [str(tmp_path / "one"), str(tmp_path / "two")]
    assert resolve("images", bases) == Found(str(tmp_path / "one" / "images"))
    assert resolve("labels", bases) == Found(str(tmp_path / "two" / "labels"))
