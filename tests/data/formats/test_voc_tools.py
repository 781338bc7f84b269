"""Pascal VOC as labelImg, CVAT, Label Studio and Roboflow write it."""

from pathlib import Path

from objloc.data.files.annotations import NO_SPLIT
from objloc.data.formats import Voc
from tests.data.formats.label_files import (
    boxes_of,
    cvat_xml,
    label_studio_xml,
    labelimg_xml,
    roboflow_xml,
    splits_of,
    write_files,
    write_pictures,
)


def test_labelimg_beside_the_pictures(tmp_path: Path) -> None:
    write_pictures(tmp_path, "a.jpg", "b.jpg")
    write_files(tmp_path, {"a.xml": labelimg_xml("a.jpg", "cat", (11, 6, 60, 45))})

    annotations = Voc().read(tmp_path)

    assert boxes_of(annotations) == {"a.jpg": [[10, 5, 60, 45]]}
    (finding,) = annotations.findings
    assert (finding.kind, finding.file) == ("picture_unlabelled", "b.jpg")


def test_cvat_export_with_subsets_and_folders(tmp_path: Path) -> None:
    write_pictures(tmp_path, "JPEGImages/one.jpg", "JPEGImages/kitchen/my cat (1).JPG")
    write_files(
        tmp_path,
        {
            "labelmap.txt": "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:1,2,3::\n",
            "ImageSets/Main/Train.txt": "one\n",
            "ImageSets/Main/Validation.txt": '"kitchen/my cat (1)"\n',
            "ImageSets/Main/default.txt": "",
            "Annotations/one.xml": cvat_xml("one.jpg", "cat", (10.5, 5.25, 60.0, 45.0)),
            "Annotations/kitchen/my cat (1).xml": cvat_xml(
                "kitchen/my cat (1).JPG", "cat", (0.0, 0.0, 100.0, 50.0)
            ),
        },
    )

    annotations = Voc(coordinates="zero_based", classes_file="labelmap.txt").read(tmp_path)

    assert boxes_of(annotations) == {
        "JPEGImages/kitchen/my cat (1).JPG": [[0, 0, 100, 50]],
        "JPEGImages/one.jpg": [[10.5, 5.25, 60, 45]],
    }
    assert splits_of(annotations) == {
        "JPEGImages/kitchen/my cat (1).JPG": "val",
        "JPEGImages/one.jpg": "train",
    }
    assert annotations.class_names == ("cat",)
    assert annotations.findings == ()


def test_cvat_default_list_is_no_split(tmp_path: Path) -> None:
    write_files(
        write_pictures(tmp_path, "JPEGImages/a.jpg"),
        {
            "Annotations/a.xml": cvat_xml("a.jpg", "cat", (1, 1, 2, 2)),
            "ImageSets/Main/default.txt": "a\n",
        },
    )
    assert Voc().read(tmp_path).splits.tolist() == [NO_SPLIT]


def test_label_studio_export(tmp_path: Path) -> None:
    write_pictures(tmp_path, "images/3f1b2c4d-cat.v2.png")
    xml = label_studio_xml("3f1b2c4d-cat.v2", "cat", (10, 5, 60, 45))
    write_files(tmp_path, {"Annotations/3f1b2c4d-cat.v2.xml": xml})
    annotations = Voc(coordinates="zero_based").read(tmp_path)
    assert boxes_of(annotations) == {"images/3f1b2c4d-cat.v2.png": [[10, 5, 60, 45]]}
    assert annotations.findings == ()


def test_roboflow_export(tmp_path: Path) -> None:
    for folder, name in (("train", "a"), ("valid", "b"), ("test", "c")):
        picture = f"{name}_jpg.rf.0123456789abcdef.jpg"
        write_pictures(tmp_path, f"{folder}/{picture}")
        xml = roboflow_xml(picture, "cat", (11, 6, 60, 45))
        write_files(tmp_path, {f"{folder}/{picture[:-4]}.xml": xml})
    write_files(tmp_path, {"README.roboflow.txt": "exported"})

    annotations = Voc().read(tmp_path)

    assert [*splits_of(annotations).values()] == ["test", "train", "val"]
    assert [*boxes_of(annotations).values()] == [[[10, 5, 60, 45]]] * 3
