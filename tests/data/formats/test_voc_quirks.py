"""Pascal VOC folders that are not as they should be."""

import time
from pathlib import Path

import pytest

from objloc.data.files.finding import Finding
from objloc.data.formats import Voc
from objloc.errors import DataError
from tests.data.formats.label_files import (
    assert_same_length,
    boxes_of,
    challenge_xml,
    count_calls,
    kinds_of,
    write_files,
    write_pictures,
    write_turned,
)

BOX = ("cat", (1, 1, 10, 10))
LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE annotation [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
<!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">]>
<annotation><filename>bad.jpg</filename><object><name>&h;</name></object></annotation>"""


def beside_a_good_one(root: Path, content: str | bytes) -> Finding:
    """What the reader finds about bad.xml, in a folder that has a good label, too."""
    write_pictures(root, "good.jpg", "bad.jpg")
    write_files(root, {"good.xml": challenge_xml("good.jpg", BOX), "bad.xml": content})
    annotations = Voc().read(root)
    assert boxes_of(annotations) == {"good.jpg": [[0, 0, 10, 10]]}
    label, picture = annotations.findings
    assert (picture.kind, picture.file) == ("picture_unlabelled", "bad.jpg")
    assert label.file == "bad.xml"
    return label


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(LAUGHS, id="billion-laughs"),
        pytest.param(LAUGHS.replace(' version="1.0"', ' version="1.0"').encode("utf-16"), id="16"),
        pytest.param(
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
            + challenge_xml("bad.jpg", ("&x;", (1, 1, 2, 2))),
            id="external",
        ),
        pytest.param(
            '<!DOCTYPE annotation SYSTEM "http://localhost/evil.dtd">' + challenge_xml("bad.jpg"),
            id="remote-dtd",
        ),
    ],
)
def test_document_types_are_refused(content: str | bytes, tmp_path: Path) -> None:
    started = time.perf_counter()
    finding = beside_a_good_one(tmp_path, content)
    assert time.perf_counter() - started < 2
    assert (finding.kind, finding.severity) == ("label_unreadable", "error")
    assert "DOCTYPE" in finding.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "empty", id="zero-bytes"),
        pytest.param(b" \n", "empty", id="blank"),
        pytest.param(challenge_xml("bad.jpg", BOX)[:150], "no XML", id="cut-in-half"),
        pytest.param("0 0.5 0.5 0.1 0.1\n", "no XML", id="yolo"),
        pytest.param(
            b"<annotation><filename>\xff\xfe</filename></annotation>", "no XML", id="8bit"
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="klingon"?><annotation/>', "no XML", id="encoding"
        ),
        pytest.param(
            "<annotation><filename>&undeclared;</filename></annotation>", "no XML", id="&"
        ),
    ],
)
def test_files_that_are_no_labels(content: str | bytes, said: str, tmp_path: Path) -> None:
    finding = beside_a_good_one(tmp_path, content)
    assert (finding.kind, finding.severity) == ("label_unreadable", "error")
    assert said in finding.message
    assert finding.way_out


def test_xml_of_another_kind_is_no_reason_to_stop(tmp_path: Path) -> None:
    finding = beside_a_good_one(tmp_path, "<annotations><image/></annotations>")  # CVAT's own
    assert (finding.kind, finding.severity) == ("label_unreadable", "warning")
    assert "<annotations>" in finding.message


def test_nothing_readable_at_all(tmp_path: Path) -> None:
    write_files(write_pictures(tmp_path, "a.jpg"), {"a.xml": "<html/>"})
    with pytest.raises(DataError, match=r"none of its 1 XML files .* a\.xml: .*<html>"):
        Voc().read(tmp_path)


@pytest.mark.parametrize("value", ["NaN", "inf", "-Infinity", "ten", "", "1,5", "0x10"])
def test_coordinates_that_are_no_numbers(value: str, tmp_path: Path) -> None:
    xml = challenge_xml("a.jpg", BOX, ("cat", (1, value, 10, 10)), ("cat", (3, 3, 4, 4)))
    write_files(write_pictures(tmp_path, "a.jpg"), {"a.xml": xml})

    annotations = Voc().read(tmp_path)

    assert annotations.refs.tolist() == [1, 3]
    (finding,) = annotations.findings
    assert (finding.kind, finding.severity) == ("box_not_a_number", "error")
    assert (finding.file, finding.where, finding.files) == ("a.xml", "object 2", ("a.jpg",))
    assert "<ymin>" in finding.message
    assert_same_length(annotations)


def test_objects_without_a_box_or_a_corner(tmp_path: Path) -> None:
    more = (
        "<object><name>cat</name></object>"
        "<object><name>cat</name><bndbox><xmin>1</xmin></bndbox></object>"
    )
    write_files(
        write_pictures(tmp_path, "a.jpg"), {"a.xml": challenge_xml("a.jpg", BOX, more=more)}
    )
    annotations = Voc().read(tmp_path)
    assert len(annotations.boxes) == 1
    assert [finding.where for finding in annotations.findings] == ["object 2", "object 3"]
    assert "no <bndbox>" in annotations.findings[0].message
    assert "no <ymin>" in annotations.findings[1].message


def test_boxes_are_kept_as_written(tmp_path: Path) -> None:
    boxes = [(60, 40, 11, 6), (-20, 1, 900, 50), (5, 5, 4, 4)]
    xml = challenge_xml("a.jpg", *(("cat", box) for box in boxes))
    write_files(write_pictures(tmp_path, "a.jpg"), {"a.xml": xml})
    annotations = Voc().read(tmp_path)
    assert boxes_of(annotations) == {"a.jpg": [[59, 39, 11, 6], [-21, 0, 900, 50], [4, 4, 4, 4]]}
    assert annotations.area.tolist() == [0, 921 * 50, 0]
    assert annotations.findings == ()


def test_parts_of_objects_are_no_objects(tmp_path: Path) -> None:
    part = (
        "<part><name>head</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>3</xmax><ymax>3</ymax>"
        "</bndbox></part>"
    )
    # The part stands before the box of the whole.
    xml = challenge_xml("a.jpg", BOX).replace("<bndbox>", f"{part}<bndbox>", 1)
    write_files(write_pictures(tmp_path, "a.jpg"), {"a.xml": xml})
    annotations = Voc().read(tmp_path)
    assert boxes_of(annotations) == {"a.jpg": [[0, 0, 10, 10]]}
    assert annotations.class_names == ("cat",)


def test_a_label_without_objects_is_an_empty_picture(tmp_path: Path) -> None:
    write_files(write_pictures(tmp_path, "a.jpg"), {"a.xml": challenge_xml("a.jpg")})
    annotations = Voc().read(tmp_path)
    assert (annotations.files, len(annotations.boxes)) == (["a.jpg"], 0)
    assert annotations.findings == ()
    assert_same_length(annotations)


@pytest.mark.parametrize("size", [None, (0, 0), ("", ""), ("NaN", 50), (-100, 50)])
def test_size_from_the_header_where_none_is_stated(
    size: tuple[object, object] | None, tmp_path: Path
) -> None:
    write_turned(tmp_path / "a.jpg", orientation=6, width=100, height=50)
    write_files(tmp_path, {"a.xml": challenge_xml("a.jpg", BOX, size=size)})
    # Upright, the picture is 50 wide and 100 high.
    assert Voc().read(tmp_path).sizes.tolist() == [[100, 50]]


def test_stated_size_is_kept_though_it_is_wrong(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.jpg", width=30, height=20)
    write_files(tmp_path, {"a.xml": challenge_xml("a.jpg", BOX, size=("100.0", 50))})
    assert Voc().read(tmp_path).sizes.tolist() == [[50, 100]]


def test_no_size_and_no_picture_to_ask(tmp_path: Path) -> None:
    write_pictures(tmp_path, "b.jpg")
    write_files(
        tmp_path,
        {
            "a.jpg": "no picture",
            "a.xml": challenge_xml("a.jpg", BOX, size=None),
            "b.xml": challenge_xml("b.jpg", BOX),
        },
    )
    annotations = Voc().read(tmp_path)
    assert annotations.files == ["b.jpg"]
    (finding,) = annotations.findings
    assert (finding.kind, finding.file) == ("picture_unreadable", "a.jpg")


def test_circles_of_links_end(tmp_path: Path) -> None:
    write_pictures(tmp_path / "set", "images/a.jpg")
    write_files(tmp_path / "set", {"annotations/a.xml": challenge_xml("a.jpg", BOX)})
    (tmp_path / "set" / "again").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "images" / "up").symlink_to("..")
    (tmp_path / "set" / "itself").symlink_to("itself")
    (tmp_path / "set" / "images" / "itself.jpg").symlink_to("itself.jpg")

    annotations = Voc().read(tmp_path / "set")

    assert annotations.files == ["images/a.jpg"]
    assert kinds_of(annotations) == ["picture_unlabelled"]  # itself.jpg


def test_linked_folders_are_followed(tmp_path: Path) -> None:
    write_pictures(tmp_path / "disk", "a.jpg")
    write_files(tmp_path / "set", {"annotations/a.xml": challenge_xml("a.jpg", BOX)})
    (tmp_path / "set" / "images").symlink_to(tmp_path / "disk")
    assert Voc().read(tmp_path / "set").files == ["images/a.jpg"]


def test_what_macos_adds_is_passed_over(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.jpg")
    write_files(
        tmp_path,
        {"a.xml": challenge_xml("a.jpg"), "._a.xml": b"\0\5\26", "__MACOSX/._a.xml": b"\0\5\26"},
    )
    assert Voc().read(tmp_path).findings == ()


def test_nothing_is_written(tmp_path: Path) -> None:
    write_files(write_pictures(tmp_path, "a.jpg"), {"a.xml": challenge_xml("a.jpg", BOX)})
    before = {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.rglob("*")]}
    Voc().read(tmp_path)
    assert before == {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.rglob("*")]}


def test_each_folder_is_listed_once_and_no_file_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes twenty thousand labels a matter of seconds, on a slow disk too."""
    for i in range(200):
        (tmp_path / f"{i}.jpg").touch()
        write_files(tmp_path, {f"annotations/{i}.xml": challenge_xml(f"{i}.jpg", BOX)})
    calls = count_calls(monkeypatch, "scandir", "stat", "lstat")

    assert len(Voc().read(tmp_path)) == 200

    assert calls["scandir"] == 2
    assert calls["stat"] + calls["lstat"] < 20
