"""YOLO sets that are not as they should be."""

from pathlib import Path

import numpy as np
import pytest

from objloc.data.files.finding import Finding
from objloc.data.formats import Yolo
from objloc.errors import DataError
from tests.data.formats.label_files import (
    assert_same_length,
    boxes_of,
    kinds_of,
    write_files,
    write_pictures,
)

LINE = "0 0.5 0.5 0.2 0.4\n"
BOX = [40.0, 15.0, 60.0, 35.0]
"""`LINE` in a picture of 100 × 50."""

ALIASES = "train: images\na0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 8)}]\n" for i in range(1, 12)
)
ALIASES += "names: *a11\n"
"""Written out, it would be eight to the power of twelve names."""


def read_label(root: Path, content: str | bytes) -> tuple[list[list[float]], tuple[Finding, ...]]:
    """Boxes and findings of one label file, of a set with the classes cat and dog."""
    write_pictures(root, "images/a.png", "images/other.png")
    write_files(
        root, {"labels/a.txt": content, "labels/other.txt": LINE, "classes.txt": "cat\ndog\n"}
    )
    annotations = Yolo().read(root)
    assert_same_length(annotations)
    boxes = boxes_of(annotations)
    assert boxes["images/other.png"] == [BOX]
    return boxes.get("images/a.png", []), annotations.findings


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("0 0.5 0.5 0.2", "label_unreadable", "4 columns"),
        ("0", "label_unreadable", "1 columns"),
        ("0 .1 .1 .2 .2 .3 .3 .4", "label_unreadable", "8 columns"),
        ("0 0.5 nan 0.2 0.4", "box_not_a_number", "'nan'"),
        ("0 0.5 0.5 inf 0.4", "box_not_a_number", "'inf'"),
        ("0 1e308 1e308 1e308 x", "box_not_a_number", "'x'"),
        ("0 0,5 0,5 0,2 0,4", "box_not_a_number", "'0,5'"),
        ("cat 0.5 0.5 0.2 0.4", "box_not_a_number", "'cat'"),
        ("-1 0.5 0.5 0.2 0.4", "class_unknown", "-1"),
        ("0.5 0.5 0.5 0.2 0.4", "class_unknown", "0.5"),
        ("2 0.5 0.5 0.2 0.4", "class_unknown", "the class 2 is none of the 2"),
        ("1e300 0.5 0.5 0.2 0.4", "class_unknown", "is none of the 2"),
    ],
)
def test_lines_that_are_left_out(line: str, kind: str, said: str, tmp_path: Path) -> None:
    boxes, (finding,) = read_label(tmp_path, f"{LINE}{line}\n1 0.5 0.5 1 1\n")
    assert boxes == [BOX, [0, 0, 100, 50]]
    assert (finding.kind, finding.severity) == (kind, "error")
    assert (finding.file, finding.where) == ("labels/a.txt", "line 2")
    assert finding.files == ("images/a.png",)
    assert said in finding.message
    assert finding.way_out


def test_numbers_are_read_as_tools_write_them(tmp_path: Path) -> None:
    content = "\ufeff0.0\t5e-1  .5 0.2 4E-1\r\n   \r\n1 0.5 0.5 1.0 1.0\n"
    boxes, findings = read_label(tmp_path, content)
    assert boxes == [BOX, [0, 0, 100, 50]]
    assert findings == ()


def test_text_from_powershell(tmp_path: Path) -> None:
    boxes, findings = read_label(tmp_path, LINE.encode("utf-16"))
    assert (boxes, findings) == ([BOX], ())


def test_confidence_of_a_prediction_is_not_used(tmp_path: Path) -> None:
    assert read_label(tmp_path, "0 0.5 0.5 0.2 0.4 0.93\n") == ([BOX], ())


def test_polygons_become_their_bounding_boxes(tmp_path: Path) -> None:
    # A triangle with legs of 20 and 10 pixels: half of its bounding box.
    write_pictures(tmp_path, "a.png")
    write_files(tmp_path, {"a.txt": "0 0.1 0.2 0.3 0.2 0.1 0.4\n" + LINE, "classes.txt": "cat\n"})
    annotations = Yolo().read(tmp_path)
    np.testing.assert_allclose(annotations.boxes, [[10, 10, 30, 20], BOX])
    np.testing.assert_allclose(annotations.area, [100, 400])


def test_skeletons_are_boxes_with_points(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.png")
    line = "0 0.5 0.5 0.2 0.4 0.1 0.1 2 0.9 0.9 2\n"  # 11 columns, as a polygon could have
    write_files(
        tmp_path,
        {
            "labels/a.txt": line,
            "data.yaml": "kpt_shape: [2, 3]\ntrain: images\nval: images\nnames: [cat]\n",
        },
    )
    assert boxes_of(Yolo().read(tmp_path)) == {"images/a.png": [BOX]}


def test_lines_that_are_there_twice(tmp_path: Path) -> None:
    content = f"{LINE}1{LINE[1:]}{LINE}0 0.5 0.5 0.20 0.40\n"
    boxes, findings = read_label(tmp_path, content)
    assert boxes == [BOX, BOX]  # of two classes
    assert [(finding.kind, finding.severity, finding.where) for finding in findings] == [
        ("duplicate_box", "warning", "line 3"),
        ("duplicate_box", "warning", "line 4"),
    ]
    assert "line 1" in findings[0].message


def test_boxes_are_kept_as_written(tmp_path: Path) -> None:
    boxes, findings = read_label(
        tmp_path, "0 0.5 0.5 -0.5 0.5\n0 50 25 20 10\n0 0.5 0.5 0 0\n0 0.9 0.5 0.5 0.5\n"
    )
    np.testing.assert_allclose(
        boxes,
        [
            [75, 12.5, 25, 37.5],
            [4000, 1000, 6000, 1500],
            [50, 25, 50, 25],
            [65, 12.5, 115, 37.5],
        ],
    )
    assert findings == ()


def test_empty_and_missing_labels_are_pictures_without_objects(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.png", "images/b.png", "images/c.png")
    write_files(tmp_path, {"labels/a.txt": "", "labels/b.txt": LINE, "classes.txt": "cat\n"})
    annotations = Yolo().read(tmp_path)
    assert boxes_of(annotations) == {"images/a.png": [], "images/b.png": [BOX], "images/c.png": []}
    (finding,) = annotations.findings
    assert (finding.kind, finding.severity) == ("picture_unlabelled", "note")
    assert finding.file == "images/c.png"
    assert annotations.label_files[2] == "labels/c.txt"


def test_a_label_that_is_no_text(tmp_path: Path) -> None:
    boxes, (finding,) = read_label(tmp_path, b"\x89PNG\r\n\x1a\n\0\xff")
    assert boxes == []
    assert (finding.kind, finding.severity) == ("label_unreadable", "error")
    assert finding.file == "labels/a.txt"


def test_labels_without_pictures(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/train/a.JPG", "b.png")
    (tmp_path / "images" / "val").mkdir()
    write_files(
        tmp_path,
        {
            "labels/train/a.TXT": LINE,
            "labels/train/gone.txt": LINE,
            "labels/val/lost.txt": LINE,
            "labels/train/classes.txt": "cat\n",
            "b.txt": LINE,
            "c.txt": LINE,
            "readme.txt": "0 to 9\n",
            "classes.txt": "cat\n",
        },
    )
    annotations = Yolo().read(tmp_path)
    assert boxes_of(annotations) == {"b.png": [BOX], "images/train/a.JPG": [BOX]}
    assert [(finding.kind, finding.file) for finding in annotations.findings] == [
        ("label_without_picture", "c.txt"),
        ("label_without_picture", "labels/train/gone.txt"),
        ("label_without_picture", "labels/val/lost.txt"),
    ]


def test_a_picture_may_be_called_as_lists_are(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/test.jpg", "images/train.jpg", "beside/val.jpg", "b.jpg")
    write_files(
        tmp_path,
        {
            "labels/test.txt": LINE,
            "labels/train.txt": "images/test.jpg\n",
            "beside/val.txt": LINE,
            "b.txt": LINE,
            "classes.txt": "cat\n",
        },
    )
    annotations = Yolo().read(tmp_path)
    assert boxes_of(annotations) == {
        "b.jpg": [BOX],
        "beside/val.jpg": [BOX],
        "images/test.jpg": [BOX],
        "images/train.jpg": [],
    }
    assert [(finding.kind, finding.file) for finding in annotations.findings] == [
        ("picture_unlabelled", "images/train.jpg")
    ]


def test_a_label_is_that_of_the_picture_of_exactly_its_name(tmp_path: Path) -> None:
    if write_pictures(tmp_path, "images/a.jpg") and (tmp_path / "images/A.jpg").exists():
        pytest.skip("this file system takes a.jpg and A.jpg for one file")
    write_pictures(tmp_path, "images/A.jpg", "images/b.jpg")
    write_files(tmp_path, {"labels/A.txt": LINE, "labels/B.txt": LINE, "classes.txt": "cat\n"})
    annotations = Yolo().read(tmp_path)
    assert boxes_of(annotations) == {
        "images/A.jpg": [BOX],
        "images/a.jpg": [],
        "images/b.jpg": [BOX],
    }


def test_pictures_that_share_a_label(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.jpg", "images/a.png")
    write_files(tmp_path, {"labels/a.txt": LINE, "classes.txt": "cat\n"})
    annotations = Yolo().read(tmp_path)
    assert boxes_of(annotations) == {"images/a.jpg": [BOX], "images/a.png": [BOX]}
    (finding,) = annotations.findings
    assert (finding.kind, finding.files) == ("id_duplicate", ("images/a.jpg", "images/a.png"))


def test_pictures_that_cannot_be_opened(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/good.png")
    write_files(
        tmp_path,
        {
            **{"images/text.jpg": "no picture", "images/zero.png": b"", "classes.txt": "cat\n"},
            **{f"labels/{name}.txt": LINE for name in ("good", "text", "zero", "loop")},
        },
    )
    (tmp_path / "images" / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "images" / "around").symlink_to("..")
    annotations = Yolo().read(tmp_path)
    assert annotations.files == ["images/good.png"]
    assert [(finding.file, finding.severity) for finding in annotations.findings] == [
        *(("images/loop.jpg", "error"), ("images/text.jpg", "error")),
        ("images/zero.png", "error"),
    ]
    assert {finding.kind for finding in annotations.findings} <= {
        "picture_unreadable",
        "picture_missing",
    }


@pytest.mark.parametrize(
    ("names", "class_names", "kinds"),
    [
        ("names: [cat, dog]", ("cat", "dog"), []),
        ("names: {0: cat, 1: dog}", ("cat", "dog"), []),
        ("names:\n  1: dog\n  0: cat", ("cat", "dog"), ["class_duplicate"]),
        ("names: {0: cat, 7: dog}", ("cat", "dog"), ["class_unknown"]),  # of the box of class 1
        ("nc: 2", ("class_0", "class_1"), []),
        ("nc: 3\nnames: [cat, dog]", ("cat", "dog"), ["class_unknown"]),
        ("names: [cat, Cat]", ("cat", "Cat"), ["class_duplicate"]),
        ("names: [cat, cat]", ("cat", "cat"), ["class_duplicate"]),
        ("names: [1, off]", ("1", "off"), []),
        ('names: ["half \\ud83d", dog]', (r"half \ud83d", "dog"), []),
        ("names: list.names", ("ant", "bee"), []),
        ("path: .", ("class_0", "class_1"), ["class_unknown"]),
    ],
)
def test_class_names(
    names: str, class_names: tuple[str, ...], kinds: list[str], tmp_path: Path
) -> None:
    write_pictures(tmp_path, "images/a.png")
    write_files(
        tmp_path,
        {
            "labels/a.txt": f"{LINE}1 0.5 0.5 1 1\n",
            "data.yaml": f"train: images\nval:\n{names}\n",
            "list.names": "ant\nbee\n",
        },
    )
    annotations = Yolo().read(tmp_path)
    assert annotations.class_names == class_names
    assert kinds_of(annotations) == kinds
    assert all(finding.way_out for finding in annotations.findings)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("train: [images\nnames: [cat]\n", "cannot be read as YAML"),
        ('path: "C:\\Users\\me"\ntrain: images\nnames: [cat]\n', "single quotes"),
        ("", "holds no keys"),
        ("- train\n", "holds no keys"),
        ("names: [cat]\n", "names no pictures"),
        ("train: images\nnames: {a: cat}\n", "a name for each number"),
        ("train: images\nnames: [[cat]]\n", "the class 0 has no name"),
        ("train: images\nnc: many\n", "nc: must be the number"),
        ("train: {a: b}\nnames: [cat]\n", "train must be a folder"),
        ("train: nowhere\nnames: [cat]\n", "no pictures where data.yaml says.*nowhere"),
        ("train: images\nnames: lists/gone.txt\n", "no such list of classes"),
        ("&a [*a]", "cannot be read as YAML"),
        pytest.param(ALIASES, "the class 0 has no name", id="billion-aliases"),
        ("[" * 5000, "cannot be read as YAML"),
    ],
)
def test_data_yaml_that_cannot_be_used(content: str, said: str, tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.png")
    write_files(tmp_path, {"labels/a.txt": LINE, "data.yaml": content})
    with pytest.raises(DataError, match=rf"(?s){said}"):
        Yolo().read(tmp_path)


def test_a_split_that_is_not_there(tmp_path: Path) -> None:
    # images/ is not what valid/images means.
    write_pictures(tmp_path, "train/images/a.png", "images/unused.png")
    write_files(
        tmp_path,
        {
            "train/labels/a.txt": LINE,
            "data.yaml": "train: train/images\nval: valid/images\nnames: [cat]\n",
        },
    )
    annotations = Yolo().read(tmp_path)
    assert annotations.files == ["train/images/a.png"]
    (finding,) = annotations.findings
    assert (finding.kind, finding.severity) == ("picture_missing", "error")
    assert (finding.file, finding.where) == ("data.yaml", "val")


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: there is no such folder"):
        Yolo().read(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"gone\.yaml: there is no such file"):
        Yolo(data="gone.yaml").read(tmp_path)
    with pytest.raises(DataError, match="there are no pictures"):
        Yolo().read(tmp_path)
    write_pictures(tmp_path, "images/a.png")
    with pytest.raises(DataError, match=r"none of its 1 pictures .* labels/"):
        Yolo().read(tmp_path)


def test_nothing_is_written(tmp_path: Path) -> None:
    read_label(tmp_path, LINE)
    before = {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.rglob("*")]}
    Yolo().read(tmp_path)
    assert before == {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.rglob("*")]}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"notes.json": '{"categories": [{"id": 0, "na'}, r"notes\.json: its categories"),
        ({"notes.json": '{"info": {}}'}, r"notes\.json: its categories"),
        ({"classes.txt": b"caf\xe9\n"}, r"classes\.txt: the list of classes cannot be read"),
        ({"classes.txt": "\n"}, r"classes\.txt: the list names no class"),
    ],
)
def test_lists_of_classes_that_cannot_be_read(
    files: dict[str, str | bytes], said: str, tmp_path: Path
) -> None:
    write_pictures(tmp_path, "images/a.png")
    write_files(tmp_path, {"labels/a.txt": LINE, **files})
    with pytest.raises(DataError, match=said):
        Yolo().read(tmp_path)


def test_yaml_files_of_other_programs_are_passed_over(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/a.png")
    write_files(
        tmp_path,
        {
            "labels/a.txt": LINE,
            "broken.yaml": "a: [",
            "compose.yml": "services: {}\n",
            "cats.yaml": "train: images\nval: images\nnames: [cat]\n",
        },
    )
    assert Yolo().read(tmp_path).class_names == ("cat",)
