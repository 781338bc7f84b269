"""Which picture a Pascal VOC file is about, where it does not quite say."""

import os
from pathlib import Path

import pytest
from PIL import Image

from objloc.data.formats import Voc
from tests.data.formats.label_files import (
    boxes_of,
    challenge_xml,
    write_files,
    write_pictures,
)

BOX = ("cat", (1, 1, 10, 10))


@pytest.mark.parametrize(
    ("filename", "label", "picture"),
    [
        pytest.param("a.jpg", "a.xml", "a.JPG", id="capitals"),
        pytest.param("a", "other.xml", "a.jpeg", id="no-suffix"),
        pytest.param("a.png", "a.xml", "a.jpg", id="wrong-suffix"),
        pytest.param("old name.jpg", "a.xml", "a.jpg", id="renamed"),
        pytest.param("", "a.xml", "a.jpg", id="no-name"),
        pytest.param("a%20(1).jpg", "x.xml", "a (1).jpg", id="percent-in-label"),
        pytest.param("a (1).jpg", "x.xml", "a%20(1).jpg", id="percent-on-disk"),
        pytest.param("C:\\photos\\a.jpg", "x.xml", "a.jpg", id="windows-path"),
        pytest.param("photos/a.jpg", "x.xml", "a.jpg", id="path"),
        pytest.param("cafe\u0301.jpg", "x.xml", "caf\u00e9.jpg", id="composed"),
        pytest.param("a.b.c", "x.xml", "a.b.c.jpg", id="dots"),
    ],
)
def test_the_picture_is_found(filename: str, label: str, picture: str, tmp_path: Path) -> None:
    write_pictures(tmp_path, f"images/{picture}", "images/unrelated.jpg")
    write_files(tmp_path, {f"annotations/{label}": challenge_xml(filename, BOX)})
    assert Voc().read(tmp_path).files == [f"images/{picture}"]


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    stem = os.fsdecode(b"caf\xe9")
    (tmp_path / f"{stem}.jpg").write_bytes(b"")
    Image.new("RGB", (100, 50)).save(tmp_path / "x.jpg")
    (tmp_path / "x.jpg").replace(tmp_path / f"{stem}.jpg")
    (tmp_path / f"{stem}.xml").write_text(challenge_xml("café.jpg", BOX), encoding="utf-8")

    annotations = Voc().read(tmp_path)

    assert annotations.files == [f"{stem}.jpg"]
    assert os.fsencode(annotations.path(0)).endswith(b"caf\xe9.jpg")
    with Image.open(annotations.path(0)) as picture:
        assert picture.size == (100, 50)


def test_pictures_elsewhere_are_found_by_their_whole_name_alone(tmp_path: Path) -> None:
    write_pictures(tmp_path, "raw/day 1/a.jpg", "SegmentationClass/b.png")
    write_pictures(tmp_path, "SegmentationClass/c.png")
    write_files(
        tmp_path,
        {
            "Annotations/a.xml": challenge_xml("a.jpg"),
            "Annotations/b.xml": challenge_xml("b.jpg"),
            "Annotations/c.xml": challenge_xml("c.png"),
        },
    )
    annotations = Voc().read(tmp_path)
    assert annotations.files == ["raw/day 1/a.jpg"]
    assert [(finding.kind, finding.file) for finding in annotations.findings] == [
        ("label_without_picture", "Annotations/b.xml"),
        ("label_without_picture", "Annotations/c.xml"),
    ]
    assert "'b.jpg'" in annotations.findings[0].message


def test_a_copied_filename_does_not_take_the_picture_of_another(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.jpg", "b.jpg")
    write_files(
        tmp_path,
        {
            "a.xml": challenge_xml("b.jpg", ("cat", (1, 1, 5, 5))),
            "b.xml": challenge_xml("b.jpg", ("cat", (1, 1, 9, 9))),
        },
    )
    annotations = Voc().read(tmp_path)
    assert boxes_of(annotations) == {"a.jpg": [[0, 0, 5, 5]], "b.jpg": [[0, 0, 9, 9]]}


def test_two_labels_of_one_picture(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.jpg")
    write_files(
        tmp_path,
        {
            "annotations/a (copy).xml": challenge_xml("a.jpg", BOX),
            "annotations/a.xml": challenge_xml("a.jpg", ("cat", (2, 2, 5, 5))),
        },
    )
    annotations = Voc().read(tmp_path)
    assert annotations.label_files == ["annotations/a.xml"]
    (finding,) = annotations.findings
    assert (finding.kind, finding.severity) == ("id_duplicate", "error")
    assert finding.file == "annotations/a (copy).xml"
