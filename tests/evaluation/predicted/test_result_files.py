"""The files of predictions, read back as their readers read them."""

import contextlib
import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

import numpy as np
import pytest
from pycocotools.coco import COCO

from objloc.data.files.printable import printable
from objloc.errors import DataError
from objloc.evaluation.detections import Detections
from objloc.evaluation.predicted import (
    CocoResults,
    CsvTable,
    CvatFile,
    JsonFile,
    LabelStudio,
    PredictedPicture,
    ResultWriter,
    Summary,
    read_coco_ids,
)
from tests.evaluation.predicted.answers import CLASSES, NAMES, answers, facts, picture


def write(writer: ResultWriter, pictures: list[PredictedPicture] | None = None) -> None:
    summary = Summary()
    for one in answers() if pictures is None else pictures:
        writer.add(one)
        summary.add(one)
    summary.skipped.append(("br\udcffken.jpg", "not a picture"))
    writer.end(summary)


def labels(one: PredictedPicture) -> list[str]:
    return [CLASSES[label] for label in one.found.labels]


def test_json_is_the_model_to_the_last_bit(tmp_path: Path) -> None:
    write(JsonFile(tmp_path, facts(tmp_path)))
    content = json.loads((tmp_path / "predictions.json").read_text("utf-8"))
    assert content["class_names"] == list(CLASSES)
    assert (content["model"], content["run_id"]) == ("models:/finder@champion", "4f2a")
    assert content["score_threshold"] == 0.25
    assert content["complete"] is True
    assert content["skipped"] == [{"file": "br\\xffken.jpg", "reason": "not a picture"}]
    for entry, one in zip(content["pictures"], answers(), strict=True):
        assert entry["file"] == printable(one.picture.name)
        assert (entry["height"], entry["width"]) == one.picture.size
        assert [found["label"] for found in entry["detections"]] == labels(one)
        boxes = np.array([found["box"] for found in entry["detections"]], np.float32)
        np.testing.assert_array_equal(boxes.reshape(-1, 4), one.found.boxes)
        scores = np.array([found["score"] for found in entry["detections"]], np.float32)
        np.testing.assert_array_equal(scores, one.found.scores)


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    pictures = [
        *answers(),
        picture("frame_000007", (20, 30), Detections.none(), 8, frame=7),
    ]
    write(JsonFile(tmp_path, facts()), pictures)
    write(CsvTable(tmp_path, facts()), pictures)
    content = json.loads((tmp_path / "predictions.json").read_text("utf-8"))
    expected = []
    for entry in content["pictures"]:
        start = {key: entry.get(key, "") for key in ("file", "frame", "seconds", "width", "height")}
        corners = ("x1", "y1", "x2", "y2")
        empty = dict.fromkeys(("label", "score", *corners), "")
        for found in entry["detections"] or [None]:
            row = start | empty
            if found is not None:
                row |= {"label": found["label"], "score": found["score"]}
                row |= dict(zip(corners, found["box"], strict=True))
            expected.append({key: str(value) for key, value in row.items()})
    with (tmp_path / "predictions.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == expected
    assert sum(row["label"] == "" for row in expected) == 3


def test_coco_results_load_into_pycocotools(tmp_path: Path) -> None:
    write(CocoResults(tmp_path, facts()))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(tmp_path / "coco_images.json"))
        results = truth.loadRes(str(tmp_path / "coco_results.json"))
    assert [truth.loadImgs(i + 1)[0]["file_name"] for i in range(8)] == list(map(printable, NAMES))
    assert [one["name"] for one in truth.loadCats(truth.getCatIds())] == list(CLASSES)
    for number, one in enumerate(answers()):
        image = truth.loadImgs(number + 1)[0]
        assert (image["height"], image["width"]) == one.picture.size
        found = results.loadAnns(results.getAnnIds(imgIds=[number + 1]))
        assert [CLASSES[entry["category_id"] - 1] for entry in found] == labels(one)
        boxes = np.array([entry["bbox"] for entry in found]).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        np.testing.assert_array_equal(boxes.astype(np.float32), one.found.boxes)
        scores = np.array([entry["score"] for entry in found], np.float32)
        np.testing.assert_array_equal(scores, one.found.scores)


def test_coco_results_take_the_ids_of_a_file(tmp_path: Path) -> None:
    content = {
        "images": [
            {"id": 70, "file_name": "train\\a.jpg", "height": 5, "width": 5},
            {"id": 71, "file_name": "sub/A (1).JPG", "height": 5, "width": 5},
            {"id": 72, "file_name": "x/näh.jpg", "height": 5, "width": 5},
            {"id": 73, "file_name": "y/näh.jpg", "height": 5, "width": 5},
        ],
        "annotations": [],
        "categories": [
            {"id": 9 - number, "name": name} for number, name in enumerate([*CLASSES, "other"])
        ],
    }
    file = tmp_path / "truth.json"
    file.write_text(json.dumps(content))
    writer = CocoResults(tmp_path, facts(), read_coco_ids(file, CLASSES))
    box = np.array([[1, 2, 4, 8]], np.float32)
    found = Detections(box, np.array([2], np.int32), np.array([0.5], np.float32))
    pictures = [
        picture(name, (20, 30), found, number)
        # By its last part alone where that is one image's; the last one could be either.
        for number, name in enumerate(["a.jpg", "sub/A (1).JPG", "unknown.jpg", "näh.jpg"])
    ]
    write(writer, pictures)
    results = json.loads((tmp_path / "coco_results.json").read_text())
    assert [(one["image_id"], one["category_id"]) for one in results] == [(70, 7), (71, 7)]
    assert results[0]["bbox"] == [1, 2, 3, 6]
    assert writer.unnamed == 2
    assert not (tmp_path / "coco_images.json").exists()
    with pytest.raises(DataError, match="no category 'fox'"):
        read_coco_ids(file, ["cat", "fox"])


def test_label_studio_drafts_are_the_boxes(tmp_path: Path) -> None:
    root = tmp_path / "my photos"
    write(LabelStudio(tmp_path, facts(root), from_name="box", data_key="photo"))
    tasks = json.loads((tmp_path / "label_studio.json").read_text("utf-8"))
    seen = set()
    for task, one in zip(tasks, answers(), strict=True):
        assert set(task) == {"data", "predictions"}
        # As Label Studio's server takes the address apart: the file below its document root.
        address = urlsplit(task["data"]["photo"])
        assert address.path == "/data/local-files/"
        assert not address.fragment
        query = parse_qs(address.query, errors="surrogateescape", strict_parsing=True)
        assert query == {"d": [f"my photos/{one.picture.name}"]}
        if not len(one.found):
            assert task["predictions"] == []
            continue
        [prediction] = task["predictions"]
        assert prediction["model_version"] == "4f2a"
        assert np.float32(prediction["score"]) == one.found.scores[-1]
        for row, region in enumerate(prediction["result"]):
            assert region["id"] not in seen
            seen.add(region["id"])
            assert region["type"] == "rectanglelabels"
            assert (region["from_name"], region["to_name"]) == ("box", "image")
            width, height = region["original_width"], region["original_height"]
            assert (height, width) == one.picture.size
            value = region["value"]
            assert value["rotation"] == region["image_rotation"] == 0
            assert value["rectanglelabels"] == [labels(one)[row]]
            left, top = value["x"] * width / 100, value["y"] * height / 100
            right = left + value["width"] * width / 100
            bottom = top + value["height"] * height / 100
            got = np.array([left, top, right, bottom])
            np.testing.assert_allclose(got, one.found.boxes[row], rtol=1e-7, atol=1e-7)
            assert max(value["x"] + value["width"], value["y"] + value["height"]) <= 100 + 1e-6
    assert len(seen) == sum(len(one.found) for one in answers())


def test_the_labeling_interface_fits_the_tasks(tmp_path: Path) -> None:
    write(LabelStudio(tmp_path, facts(), prefix="s3://b/", from_name="a&b", data_key="photo"))
    view = ElementTree.parse(tmp_path / "label_studio.xml").getroot()
    image, rectangles = view
    assert (image.tag, image.attrib) == ("Image", {"name": "image", "value": "$photo"})
    assert rectangles.attrib == {"name": "a&b", "toName": "image"}
    assert [label.get("value") for label in rectangles] == list(CLASSES)
    task = json.loads((tmp_path / "label_studio.json").read_text("utf-8"))[4]
    assert task["data"] == {"photo": "s3://b/sub/deep/c%2Bd%20%232.webp"}
    name = unquote_to_bytes(task["data"]["photo"]).decode()
    assert name == f"s3://b/{NAMES[4]}"


def test_cvat_reads_the_boxes(tmp_path: Path) -> None:
    write(CvatFile(tmp_path, facts(), prefix="photos/"))
    root = ElementTree.parse(tmp_path / "cvat.xml").getroot()
    assert root.tag == "annotations"
    assert root.findtext("version") == "1.1"
    declared = [one.text for one in root.iterfind("meta/task/labels/label/name")]
    assert declared == list(CLASSES)
    images = root.findall("image")
    for number, (image, one) in enumerate(zip(images, answers(), strict=True)):
        assert int(image.attrib["id"]) == number
        assert image.attrib["name"] == f"photos/{printable(one.picture.name)}"
        size = (int(image.attrib["height"]), int(image.attrib["width"]))
        assert size == one.picture.size
        boxes = image.findall("box")
        assert [box.attrib["label"] for box in boxes] == labels(one)
        # The attributes that CVAT's importer reads.
        got = [[float(box.attrib[key]) for key in ("xtl", "ytl", "xbr", "ybr")] for box in boxes]
        found = np.array(got, np.float32).reshape(-1, 4)
        np.testing.assert_array_equal(found, one.found.boxes)
        assert all(
            (box.attrib["occluded"], box.attrib["z_order"], box.attrib["source"])
            == ("0", "0", "auto")
            for box in boxes
        )
    labels_file = json.loads((tmp_path / "cvat_labels.json").read_text("utf-8"))
    assert [label["name"] for label in labels_file] == list(CLASSES)


def test_cvat_xml_holds_no_characters_that_xml_forbids(tmp_path: Path) -> None:
    odd = picture("bell\x07 \ufffe.jpg", (20, 30), Detections.none())
    frame = picture("frame_000030", (20, 30), Detections.none(), 3, frame=30)
    write(CvatFile(tmp_path, facts()), [odd, frame])
    first, second = ElementTree.parse(tmp_path / "cvat.xml").getroot().findall("image")
    assert first.attrib["name"] == "bell_ _.jpg"
    # Of a video the id is the frame's number, not its place among those that were looked at.
    assert second.attrib["id"] == "30"


def test_empty_lists_are_lists(tmp_path: Path) -> None:
    for writer in (JsonFile, CsvTable, CocoResults, LabelStudio, CvatFile):
        writer(tmp_path, facts()).end(Summary(complete=False))
    for name in ("coco_results", "label_studio"):
        assert json.loads((tmp_path / f"{name}.json").read_text()) == []
    content = json.loads((tmp_path / "predictions.json").read_text())
    assert (content["pictures"], content["skipped"], content["complete"]) == ([], [], False)
    assert json.loads((tmp_path / "coco_images.json").read_text())["images"] == []
    assert ElementTree.parse(tmp_path / "cvat.xml").getroot().findall("image") == []
    assert len(re.findall("\n", (tmp_path / "predictions.csv").read_text())) == 1


def test_drafts_leave_out_what_nobody_could_take_hold_of(tmp_path: Path) -> None:
    """A model that diverged may answer boxes that are empty or inside out."""
    boxes = np.array([[5, 5, 5, 9], [1, 2, 3, 4], [9, 2, 3, 4]], np.float32)
    found = Detections(boxes, np.zeros(3, np.int32), np.array([0.9, 0.8, 0.7], np.float32))
    nothing = Detections(boxes[:1], found.labels[:1], found.scores[:1])
    pictures = [picture("a.jpg", (20, 30), found), picture("b.jpg", (20, 30), nothing, 1)]
    write(LabelStudio(tmp_path, facts()), pictures)
    write(CvatFile(tmp_path, facts()), pictures)
    tasks = json.loads((tmp_path / "label_studio.json").read_text())
    [prediction] = tasks[0]["predictions"]
    assert [region["value"]["width"] for region in prediction["result"]] == pytest.approx(
        [200 / 30]
    )
    assert np.float32(prediction["score"]) == np.float32(0.8)
    assert tasks[1]["predictions"] == []
    first, second = ElementTree.parse(tmp_path / "cvat.xml").getroot().findall("image")
    assert [box.attrib["xtl"] for box in first.findall("box")] == ["1"]
    assert second.findall("box") == []
