"""A healthy labelled set in each format, for faults to be planted in, and its examination."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from objloc.data import BatchForm, FileDataset
from objloc.data.doctor import Diagnosis, examine
from objloc.data.files import Annotations, Finding
from objloc.data.formats import Coco, Voc, Yolo

FORMATS = {"voc": Voc, "coco": Coco, "yolo": Yolo}
WIDTH, HEIGHT = 160, 120
COUNT = 8
CLASSES = ("cat", "dog")

Box = tuple[float, float, float, float]


def picture(seed: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Coloured clouds: a picture that looks like no other."""
    cells = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)


def box(number: int) -> Box:
    """The xyxy pixels of picture `number`'s object: whole, some at each edge, fitting no other
    reading of their numbers."""
    x1 = (0, 90, 30, 70, 20, 100, 60, 10)[number]
    y1 = (60, 0, 20, 70, 65, 30, 40, 10)[number]
    return (x1, y1, x1 + 40 + number, y1 + 48 - number)


def save(path: Path, pixels: np.ndarray, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)


def voc_xml(
    name: str, objects: list[tuple[str, Box]], size: tuple[int, int] | None = (WIDTH, HEIGHT)
) -> str:
    """A label as the challenge writes it: whole numbers from 1, the last pixel included."""
    parts = [f"<annotation><filename>{name}</filename>"]
    if size is not None:
        parts.append(f"<size><width>{size[0]}</width><height>{size[1]}</height></size>")
    for label, (x1, y1, x2, y2) in objects:
        corners = f"<xmin>{x1 + 1}</xmin><ymin>{y1 + 1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"
        parts.append(f"<object><name>{label}</name><bndbox>{corners}</bndbox></object>")
    return "".join([*parts, "</annotation>"])


def write_voc(root: Path) -> None:
    for number in range(COUNT):
        save(root / "images" / f"{number}.jpg", picture(number), quality=95)
        write_label(root, number, [(CLASSES[number % 2], box(number))])


def write_label(
    root: Path,
    number: int,
    objects: list[tuple[str, Box]],
    size: tuple[int, int] | None = (WIDTH, HEIGHT),
) -> None:
    path = root / "annotations" / f"{number}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(voc_xml(f"{number}.jpg", objects, size), encoding="utf-8")


def write_coco(root: Path) -> dict[str, Any]:
    """Writes the set and returns its JSON, to be changed and written again by `write_json`."""
    content: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": i, "name": name} for i, name in enumerate(CLASSES, start=1)],
    }
    for number in range(COUNT):
        save(root / f"{number}.jpg", picture(number), quality=95)
        content["images"].append(
            {"id": number, "file_name": f"{number}.jpg", "width": WIDTH, "height": HEIGHT}
        )
        x1, y1, x2, y2 = box(number)
        content["annotations"].append(
            {
                "id": 100 + number,
                "image_id": number,
                "category_id": 1 + number % 2,
                "bbox": [x1, y1, x2 - x1, y2 - y1],
                "area": (x2 - x1) * (y2 - y1),
                "iscrowd": 0,
            }
        )
    write_json(root, content)
    return content


def write_json(root: Path, content: dict[str, Any]) -> None:
    (root / "_annotations.coco.json").write_text(json.dumps(content))


def write_yolo(root: Path) -> None:
    for number in range(COUNT):
        split = "train" if number < 6 else "val"
        save(root / split / "images" / f"{number}.jpg", picture(number), quality=95)
        x1, y1, x2, y2 = box(number)
        write_line(root, split, number, ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1))
    write_yaml(root, "train/images", "val/images")


def write_line(root: Path, split: str, number: int, cxcywh: Box, label: int | None = None) -> None:
    path = root / split / "labels" / f"{number}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    shares = np.array(cxcywh) / [WIDTH, HEIGHT, WIDTH, HEIGHT]
    numbers = " ".join(f"{value:.6f}" for value in shares)
    path.write_text(f"{number % 2 if label is None else label} {numbers}\n")


def write_yaml(root: Path, train: str, val: str) -> None:
    names = "[" + ", ".join(CLASSES) + "]"
    (root / "data.yaml").write_text(f"train: {train}\nval: {val}\nnames: {names}\n")


def diagnose(kind: str, root: Path, splits: np.ndarray | None = None, **options: Any) -> Diagnosis:
    """Does what the command does: reads the set as training would, and examines it.

    Every file and folder is afterwards what it was.
    """
    before = fingerprint(root)
    dataset = FileDataset(
        root=root,
        format=FORMATS[kind](),
        invalid_boxes="skip",
        invalid_pictures="skip",
        check_pictures=False,
    )
    diagnosis = examine(
        "set",
        dataset.annotations,
        dataset.splits if splits is None else splits,
        options.pop("form", BatchForm(128, 4)),
        findings=dataset.findings(),
        **options,
    )
    assert fingerprint(root) == before
    return diagnosis


def only(diagnosis: Diagnosis) -> Finding:
    """The one finding there is."""
    assert [str(finding) for finding in diagnosis.findings[1:]] == []
    (finding,) = diagnosis.findings
    assert finding.message
    assert finding.way_out
    return finding


def table(root: Path, boxes: list[list[Box]], **columns: Any) -> Annotations:
    """A table of labels without files, of one class unless `columns` says otherwise."""
    counts = [len(each) for each in boxes]
    flat = np.array([box for each in boxes for box in each], np.float64).reshape(-1, 4)
    values: dict[str, Any] = {
        "root": root,
        "class_names": ("thing",),
        "files": [f"{number}.jpg" for number in range(len(boxes))],
        "label_files": [f"{number}.xml" for number in range(len(boxes))],
        "image_ids": np.arange(len(boxes)),
        "sizes": np.tile(np.array([HEIGHT, WIDTH], np.int32), (len(boxes), 1)),
        "splits": np.zeros(len(boxes), np.int8),
        "starts": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "boxes": flat,
        "labels": np.zeros(len(flat), np.int32),
        "ignore": np.zeros(len(flat), bool),
        "area": np.zeros(len(flat)),
        "refs": np.concatenate([np.arange(1, n + 1) for n in [*counts, 0]]).astype(np.int64),
        "ref_kind": "object",
    }
    return Annotations(**(values | columns))


def fingerprint(root: Path) -> dict[str, tuple[int, int, str]]:
    """Times, sizes and contents of all that is below a folder; links are not followed."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            state = os.lstat(path)
            content = ""
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
            found[path] = (state.st_mtime_ns, state.st_size, content)
    return found
