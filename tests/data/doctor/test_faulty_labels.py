"""One faulty label in a healthy set: exactly that is found, with its place and a way out."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.errors import DataError
from tests.data.doctor.labelled_sets import (
    COUNT,
    WIDTH,
    box,
    diagnose,
    only,
    picture,
    write_coco,
    write_json,
    write_label,
    write_line,
    write_yaml,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<annotation><object>",
        '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><annotation>&c;</annotation>',
    ],
)
def test_a_label_that_cannot_be_read(voc: Path, text: str) -> None:
    (voc / "annotations" / "3.xml").write_text(text)
    findings = diagnose("voc", voc).findings
    (error,) = (finding for finding in findings if finding.severity == "error")
    assert (error.kind, error.file) == ("label_unreadable", "annotations/3.xml")
    # Its picture is then without a label, and nothing else is said.
    assert {finding.file for finding in findings} <= {"annotations/3.xml", "images/3.jpg"}


def test_xml_without_a_size_is_checked_against_the_picture(voc: Path) -> None:
    write_label(voc, 3, [("dog", box(3))], size=None)
    assert diagnose("voc", voc).findings == ()
    write_label(voc, 3, [("dog", (100, 20, WIDTH + 30, 80))], size=None)
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.file) == ("box_outside", "annotations/3.xml")


@pytest.mark.parametrize("number", ["nan", "many", "inf"])
def test_a_coordinate_that_is_no_number(voc: Path, number: str) -> None:
    path = voc / "annotations" / "3.xml"
    path.write_text(path.read_text().replace("<xmax>113<", f"<xmax>{number}<"))
    assert number in path.read_text()
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("box_not_a_number", "error")
    assert (finding.file, finding.where) == ("annotations/3.xml", "object 1")


@pytest.mark.parametrize(
    ("corners", "kind"),
    [
        ((100, 20, 60, 80), "box_inverted"),
        ((60, 20, 60, 80), "box_empty"),
        ((60, 20, 200, 80), "box_outside"),
        ((200, 20, 230, 80), "box_outside"),
        ((0.1, 0.2, 0.6, 0.9), "box_normalised"),
    ],
)
def test_a_wrong_box(voc: Path, corners: tuple[float, ...], kind: str) -> None:
    x1, y1, x2, y2 = corners
    write_label(voc, 3, [("cat", (20, 20, 80, 90)), ("dog", (x1, y1, x2, y2))])
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == (kind, "error")
    assert (finding.file, finding.where) == ("annotations/3.xml", "object 2")
    assert finding.files == ("images/3.jpg",)
    assert finding.box == pytest.approx(corners)


def test_a_box_twice(voc: Path) -> None:
    write_label(voc, 3, [("dog", box(3)), ("cat", box(3)), ("dog", box(3))])
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("duplicate_box", "warning")
    assert (finding.file, finding.where) == ("annotations/3.xml", "object 3")
    assert "object 1" in finding.message


def test_a_class_by_two_names(voc: Path) -> None:
    write_label(voc, 2, [("Cat", box(2))])
    finding = only(diagnose("voc", voc, splits=np.zeros(COUNT, np.int8)))
    assert (finding.kind, finding.severity) == ("class_duplicate", "warning")
    assert "Cat" in finding.message
    assert "cat" in finding.message


def test_a_class_without_objects(tmp_path: Path) -> None:
    content = write_coco(tmp_path)
    content["categories"].append({"id": 7, "name": "bird"})
    write_json(tmp_path, content)
    finding = only(diagnose("coco", tmp_path))
    assert (finding.kind, finding.severity) == ("class_unused", "warning")
    assert finding.file == "_annotations.coco.json"
    assert "'bird'" in finding.message


def test_a_class_that_no_training_picture_shows(voc: Path) -> None:
    write_label(voc, 3, [("bird", box(3))])
    splits = np.array([0, 0, 0, 1, 0, 0, 0, 0], np.int8)
    finding = only(diagnose("voc", voc, splits=splits))
    assert (finding.kind, finding.severity) == ("class_unused", "warning")
    assert "none of them in the training split" in finding.message


def test_a_class_that_the_list_does_not_know(yolo: Path) -> None:
    write_line(yolo, "train", 3, (80, 60, 40, 40), label=5)
    finding = only(diagnose("yolo", yolo))
    assert (finding.kind, finding.severity) == ("class_unknown", "error")
    assert (finding.file, finding.where) == ("train/labels/3.txt", "line 1")


def test_an_annotation_id_twice(tmp_path: Path) -> None:
    content = write_coco(tmp_path)
    content["annotations"][3]["id"] = 101
    write_json(tmp_path, content)
    findings = diagnose("coco", tmp_path).findings
    assert {finding.kind for finding in findings} == {"id_duplicate"}
    assert {finding.where for finding in findings} == {"annotation 101"}


def test_json_cut_in_half_is_one_clear_error(tmp_path: Path) -> None:
    write_coco(tmp_path)
    path = tmp_path / "_annotations.coco.json"
    path.write_text(path.read_text()[:700])
    with pytest.raises(DataError, match=r"_annotations\.coco\.json"):
        diagnose("coco", tmp_path)


def test_a_missing_folder_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        diagnose("voc", tmp_path / "nowhere")


def test_names_of_every_kind(tmp_path: Path) -> None:
    names = ["a b.jpg", "c%20d (1).jpg", "e.JPG", os.fsdecode(b"f\xff.jpg"), "ü'\"<b>.jpg"]
    for number, name in enumerate(names):
        path = tmp_path / "train" / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(number)).save(path, format="JPEG")
        labels = tmp_path / "train" / "labels" / (Path(name).stem + ".txt")
        labels.parent.mkdir(exist_ok=True)
        labels.write_text(f"{number % 2} 0.5 0.5 0.4 0.6\n")
    write_yaml(tmp_path, "train/images", "train/images")
    diagnosis = diagnose("yolo", tmp_path, splits=np.zeros(len(names), np.int8))
    assert len(diagnosis.annotations) == len(names)
    assert diagnosis.count("error") == 0
    json.dumps(diagnosis.as_dict())


def test_paths_of_another_machine(yolo: Path) -> None:
    write_yaml(yolo, r"C:\Users\me\set\train\images", r"C:\Users\me\set\val\images")
    diagnosis = diagnose("yolo", yolo)
    assert {(f.kind, f.severity, f.file) for f in diagnosis.findings} == {
        ("path_foreign", "note", "data.yaml")
    }
    assert len(diagnosis.annotations) == COUNT
