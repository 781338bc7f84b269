"""A set that is healthy, or faulty as a whole: one finding says so, however many boxes it has."""

from pathlib import Path

import numpy as np
import pytest

from objloc.data import BatchForm
from tests.data.doctor.labelled_sets import (
    CLASSES,
    COUNT,
    box,
    diagnose,
    only,
    write_coco,
    write_json,
    write_label,
    write_voc,
    write_yolo,
)


@pytest.mark.parametrize("kind", ["voc", "coco", "yolo"])
def test_a_healthy_set_has_no_findings(kind: str, tmp_path: Path) -> None:
    {"voc": write_voc, "coco": write_coco, "yolo": write_yolo}[kind](tmp_path)
    diagnosis = diagnose(kind, tmp_path)
    assert [str(finding) for finding in diagnosis.findings] == []
    assert diagnosis.verdict() == "Fit to train on: nothing is wrong."
    assert sum(split.pictures for split in diagnosis.splits) == COUNT
    assert diagnosis.statistics is not None
    assert diagnosis.statistics.class_counts == {"cat": 4, "dog": 4}


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


def test_names_and_classes_are_told_of_though_the_reader_told_of_others(voc: Path) -> None:
    names = ["cat", "Cat", "traffic light", "traffic_light"]
    for number in range(COUNT):
        write_label(voc, number, [(names[number % 4], box(number))])
    found = diagnose("voc", voc).findings
    alike = [finding.message for finding in found if finding.kind == "class_duplicate"]
    assert len(alike) == 2
    assert "'Cat' and 'cat'" in alike[0]
    assert "'traffic light' and 'traffic_light'" in alike[1]


def test_a_class_without_training_pictures_beside_one_without_any(tmp_path: Path) -> None:
    content = write_coco(tmp_path)
    content["categories"].append({"id": 77, "name": "animals", "supercategory": "none"})
    for entry in content["categories"][:-1]:
        entry["supercategory"] = "animals"
    write_json(tmp_path, content)
    # Every second picture has a dog, and is for the test.
    splits = np.array([0, 2] * (COUNT // 2), np.int8)
    found = diagnose("coco", tmp_path, splits).findings
    unused = [(f.severity, f.message) for f in found if f.kind == "class_unused"]
    assert [severity for severity, _ in unused] == ["note", "warning"]
    assert "'animals' has no annotation" in unused[0][1]
    assert "'dog' has 4 objects, none of them in the training split" in unused[1][1]


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
