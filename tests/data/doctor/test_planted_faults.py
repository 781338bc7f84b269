"""One fault planted in a healthy set: exactly that is found, with its place and a way out.
`diagnose` sees to it that nothing below the dataset's folder is touched."""

import json
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objloc.data import BatchForm
from objloc.errors import DataError
from tests.data.doctor.labelled_sets import (
    CLASSES,
    COUNT,
    HEIGHT,
    WIDTH,
    box,
    diagnose,
    only,
    picture,
    save,
    voc_xml,
    write_coco,
    write_json,
    write_label,
    write_line,
    write_voc,
    write_yaml,
    write_yolo,
)


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    write_voc(tmp_path)
    return tmp_path


@pytest.fixture
def yolo(tmp_path: Path) -> Path:
    write_yolo(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", ["voc", "coco", "yolo"])
def test_a_healthy_set_has_no_findings(kind: str, tmp_path: Path) -> None:
    {"voc": write_voc, "coco": write_coco, "yolo": write_yolo}[kind](tmp_path)
    diagnosis = diagnose(kind, tmp_path)
    assert [str(finding) for finding in diagnosis.findings] == []
    assert diagnosis.verdict() == "Fit to train on: nothing is wrong."
    assert sum(split.pictures for split in diagnosis.splits) == COUNT
    assert diagnosis.statistics is not None
    assert diagnosis.statistics.class_counts == {"cat": 4, "dog": 4}


# --- pictures -----------------------------------------------------------------------------------


def test_a_truncated_jpeg(voc: Path) -> None:
    path = voc / "images" / "3.jpg"
    path.write_bytes(path.read_bytes()[:1500])
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("picture_truncated", "error")
    assert finding.file == "images/3.jpg"
    assert "truncated" in finding.message
    assert "invalid_pictures=skip" in finding.way_out


def test_a_picture_whose_middle_is_lost(voc: Path) -> None:
    """Beginning and end are fine: only decoding it tells."""
    path = voc / "images" / "3.png"
    (voc / "images" / "3.jpg").unlink()
    save(path, np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))
    content = bytearray(path.read_bytes())
    content[8000:8200] = bytes(200)
    path.write_bytes(bytes(content))
    (voc / "annotations" / "3.xml").write_text(voc_xml("3.png", [("dog", box(3))]))
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.file) == ("picture_truncated", "images/3.png")


@pytest.mark.parametrize("content", [b"", b"this is a text\n" * 20])
def test_a_file_that_is_no_picture(voc: Path, content: bytes) -> None:
    (voc / "images" / "3.jpg").write_bytes(content)
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("picture_unreadable", "error")
    assert finding.file == "images/3.jpg"


def test_a_png_of_a_billion_pixels_is_not_decoded(voc: Path) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    bomb += chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")
    (voc / "images" / "3.jpg").write_bytes(bomb)
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.file) == ("picture_unreadable", "images/3.jpg")
    assert "pixels" in finding.message


def test_a_picture_that_links_to_itself(yolo: Path) -> None:
    path = yolo / "train" / "images" / "3.jpg"
    path.unlink()
    path.symlink_to(path)
    finding = only(diagnose("yolo", yolo))
    assert finding.severity == "error"
    assert finding.kind in ("picture_missing", "picture_unreadable")
    assert finding.file == "train/images/3.jpg"


def test_folders_that_link_in_a_circle(voc: Path) -> None:
    (voc / "images" / "again").symlink_to(voc, target_is_directory=True)
    assert diagnose("voc", voc).findings == ()


def test_a_picture_that_is_missing(tmp_path: Path) -> None:
    write_coco(tmp_path)
    (tmp_path / "3.jpg").unlink()
    finding = only(diagnose("coco", tmp_path))
    assert (finding.kind, finding.severity) == ("picture_missing", "error")
    assert "3.jpg" in f"{finding.file} {finding.message}"


def test_a_label_without_its_picture(voc: Path) -> None:
    (voc / "images" / "3.jpg").unlink()
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("label_without_picture", "warning")
    assert finding.file == "annotations/3.xml"


@pytest.mark.parametrize("kind", ["voc", "coco"])
def test_a_picture_without_a_label(kind: str, tmp_path: Path) -> None:
    {"voc": write_voc, "coco": write_coco}[kind](tmp_path)
    name = {"voc": "images/new.JPG", "coco": "new.JPG"}[kind]
    Image.fromarray(picture(50)).save(tmp_path / name, format="JPEG")
    finding = only(diagnose(kind, tmp_path))
    assert (finding.kind, finding.severity) == ("picture_unlabelled", "warning")
    assert finding.file == name


def test_a_yolo_picture_without_a_label_file_is_empty(yolo: Path) -> None:
    save(yolo / "train" / "images" / "new.jpg", picture(50))
    diagnosis = diagnose("yolo", yolo)
    finding = only(diagnosis)
    assert (finding.kind, finding.severity) == ("picture_unlabelled", "note")
    assert finding.file == "train/images/new.jpg"
    assert sum(split.empty for split in diagnosis.splits) == 1


def test_a_label_of_another_size(voc: Path) -> None:
    write_label(voc, 3, [("dog", (140, 140, 200, 200))], size=(2 * WIDTH, 2 * HEIGHT))
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("size_mismatch", "error")
    assert finding.file == "annotations/3.xml"
    assert "320×240" in finding.message
    assert "160×120" in finding.message
    assert "2 times" in finding.message


@pytest.mark.parametrize(
    ("size", "words"), [((WIDTH, HEIGHT), "upright"), ((HEIGHT, WIDTH), "stored pixels")]
)
def test_a_picture_turned_by_exif(voc: Path, size: tuple[int, int], words: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.rot90(picture(3))
    save(voc / "images" / "3.jpg", np.ascontiguousarray(stored), exif=exif, quality=95)
    write_label(voc, 3, [("dog", (10, 20, 60, 80))], size=size)
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("exif_rotated", "note")
    assert finding.file == "images/3.jpg"
    assert words in finding.message


@pytest.mark.parametrize(("mode", "words"), [("L", "stored as grey"), ("RGB", "stored as RGB")])
def test_a_grey_picture(voc: Path, mode: str, words: str) -> None:
    grey = Image.fromarray(picture(3)).convert("L")
    grey.convert(mode).save(voc / "images" / "3.jpg", quality=95)
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("greyscale_picture", "note")
    assert finding.file == "images/3.jpg"
    assert words in finding.message


def test_one_spot_of_colour_makes_no_grey_picture(voc: Path) -> None:
    pixels = np.repeat(picture(3)[..., :1], 3, axis=2)
    pixels[-4:, -4:, 0] ^= 128
    (voc / "images" / "3.jpg").unlink()
    save(voc / "images" / "3.png", pixels)
    (voc / "annotations" / "3.xml").write_text(voc_xml("3.png", [("dog", box(3))]))
    assert diagnose("voc", voc).findings == ()


def test_a_picture_twice_in_one_split(voc: Path) -> None:
    (voc / "images" / "3.jpg").write_bytes((voc / "images" / "5.jpg").read_bytes())
    write_label(voc, 3, [("dog", (100, 30, 145, 71))])
    # Picture 5 has (100, 30, 145, 73): 45 × 41 of 45 × 43 are shared.
    finding = only(diagnose("voc", voc, splits=np.zeros(COUNT, np.int8)))
    assert (finding.kind, finding.severity) == ("duplicate_picture", "warning")
    assert finding.files == ("images/3.jpg", "images/5.jpg")
    assert f"{41 / 43:.3f}" in finding.message


def test_a_picture_in_two_splits(voc: Path) -> None:
    (voc / "images" / "3.jpg").write_bytes((voc / "images" / "5.jpg").read_bytes())
    splits = np.array([0, 0, 0, 0, 0, 2, 0, 0], np.int8)
    finding = only(diagnose("voc", voc, splits=splits))
    assert (finding.kind, finding.severity) == ("duplicate_across_splits", "warning")
    assert "train and test" in finding.message
    assert "splits=content" in finding.way_out


def test_a_picture_again_smaller_and_compressed(voc: Path) -> None:
    small = Image.fromarray(picture(5)).resize((80, 60), Image.Resampling.BILINEAR)
    small.save(voc / "images" / "3.jpg", quality=40)
    write_label(voc, 3, [("dog", (50, 15, 72, 36))], size=(80, 60))
    finding = only(diagnose("voc", voc, splits=np.zeros(COUNT, np.int8)))
    assert (finding.kind, finding.severity) == ("near_duplicate_picture", "warning")
    assert finding.files == ("images/3.jpg", "images/5.jpg")


# --- label files --------------------------------------------------------------------------------


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


# --- the set as a whole -------------------------------------------------------------------------


def test_voc_boxes_written_as_sizes(voc: Path) -> None:
    """One finding, and none for each of the boxes that came out inverted by it."""
    for number in range(COUNT):
        x1, y1, x2, y2 = box(number)
        write_label(voc, number, [(CLASSES[number % 2], (x1, y1, x2 - x1, y2 - y1))])
    finding = only(diagnose("voc", voc))
    assert (finding.kind, finding.severity) == ("box_swapped", "error")
    assert "read as x, y, width, height, 100.0% fit" in finding.message
    assert "xmin, ymin, xmax, ymax" in finding.way_out


def test_coco_boxes_written_as_corners(tmp_path: Path) -> None:
    content = write_coco(tmp_path)
    for number, annotation in enumerate(content["annotations"]):
        annotation["bbox"] = list(box(number))
    write_json(tmp_path, content)
    finding = only(diagnose("coco", tmp_path))
    assert (finding.kind, finding.severity) == ("box_swapped", "error")
    assert "read as x1, y1, x2, y2, 100.0% fit" in finding.message


def test_voc_boxes_with_x_and_y_exchanged(voc: Path) -> None:
    for number in range(COUNT):
        _, y1, _, y2 = box(number)
        corners = (y1, 110 - 8 * number, y2, 158 - 8 * number)
        write_label(voc, number, [(CLASSES[number % 2], corners)])
    finding = only(diagnose("voc", voc))
    assert finding.kind == "box_swapped"
    assert "y before x" in finding.message


def test_all_boxes_normalised(tmp_path: Path) -> None:
    content = write_coco(tmp_path)
    for number, annotation in enumerate(content["annotations"]):
        x1, y1, x2, y2 = box(number)
        annotation["bbox"] = [x1 / 160, y1 / 120, (x2 - x1) / 160, (y2 - y1) / 120]
    write_json(tmp_path, content)
    errors = [f for f in diagnose("coco", tmp_path).findings if f.severity == "error"]
    assert [finding.kind for finding in errors] == ["box_normalised"]
    assert f"{COUNT} of {COUNT} boxes" in errors[0].message


def test_a_rare_class(voc: Path) -> None:
    for number in range(COUNT):
        objects = [("cat", (x, y, x + 20, y + 20)) for x in (0, 40, 80) for y in (0, 40)]
        write_label(voc, number, objects if number else [("dog", box(0))])
    diagnosis = diagnose("voc", voc, splits=np.zeros(COUNT, np.int8), form=BatchForm(128, 6))
    finding = only(diagnosis)
    assert (finding.kind, finding.severity) == ("class_imbalance", "warning")
    assert "'cat' has 42" in finding.message
    assert "'dog' 1" in finding.message


def test_small_objects(voc: Path) -> None:
    # At 128 of 160 px a box of 2 × 40 is 1.6 px wide, and one of 8 × 9 is 6.4 × 7.2.
    write_label(voc, 3, [("dog", (20, 20, 22, 60))])
    write_label(voc, 4, [("cat", (20, 20, 28, 29))])
    thin, small = diagnose("voc", voc).findings
    assert {thin.kind, small.kind} == {"object_small"}
    assert (thin.file, thin.where) == ("annotations/3.xml", "object 1")
    assert "1 of 8 objects" in thin.message
    assert "1.6 px" in thin.message
    assert (small.file, small.files) == ("annotations/4.xml", ("images/4.jpg",))
    assert "one cell of 8 px" in small.message


def test_more_objects_than_the_targets_hold(voc: Path) -> None:
    objects = [("dog", (x, y, x + 30, y + 30)) for x in (0, 40, 80) for y in (0, 40)]
    write_label(voc, 3, objects)
    splits = np.zeros(COUNT, np.int8)
    finding = only(diagnose("voc", voc, splits=splits))
    assert (finding.kind, finding.severity) == ("object_lost", "warning")
    assert finding.file == "annotations/3.xml"
    assert "smallest 2 of 13 objects" in finding.message
    assert "max_objects=6" in finding.way_out
    # Evaluation measures with all objects, however many the targets hold.
    splits[3] = 2
    assert diagnose("voc", voc, splits=splits).findings == ()
