"""Small label sets on disk, laid out and worded as the tools that write them do."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from objloc.data.files.annotations import SPLITS, Annotations

Corners = tuple[object, object, object, object]


def write_files(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Text and bytes by path; returns `root`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def write_pictures(root: Path, *names: str, width: int = 100, height: int = 50) -> Path:
    """Black pictures of the kind that their names say; returns `root`."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (width, height)).save(path)
    return root


def write_turned(path: Path, orientation: int, width: int = 100, height: int = 50) -> None:
    """A JPEG with an EXIF orientation; width and height are those of the stored pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (width, height)).save(path, exif=exif)


def challenge_xml(
    filename: str,
    *objects: tuple[str, Corners] | tuple[str, Corners, object],
    size: tuple[object, object] | None = (100, 50),
    more: str = "",
) -> str:
    """A label as in the Pascal VOC challenge: objects are name, corners and maybe `difficult`."""
    stated = (
        f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>"
        if size
        else ""
    )
    body = "".join(_object(*item) for item in objects)
    return (
        f"<annotation><folder>VOC2012</folder><filename>{filename}</filename>"
        "<source><database>The VOC2007 Database</database><annotation>PASCAL VOC2007</annotation>"
        f"<image>flickr</image></source>{stated}<segmented>0</segmented>{body}{more}</annotation>"
    )


def labelimg_xml(filename: str, name: str, corners: Corners) -> str:
    """A label as labelImg writes it: with tabs, the absolute path of the person who drew it."""
    return (
        "<annotation>\n\t<folder>Desktop</folder>\n"
        f"\t<filename>{filename}</filename>\n\t<path>C:\\Users\\me\\Desktop\\{filename}</path>\n"
        "\t<source>\n\t\t<database>Unknown</database>\n\t</source>\n"
        "\t<size>\n\t\t<width>100</width>\n\t\t<height>50</height>\n\t\t<depth>3</depth>\n"
        f"\t</size>\n\t<segmented>0</segmented>\n{_object(name, corners)}\n</annotation>\n"
    )


def cvat_xml(filename: str, name: str, corners: Corners) -> str:
    """A label of CVAT's "PASCAL VOC 1.1": fractions of pixels, and attributes with names."""
    x1, y1, x2, y2 = corners
    return (
        f"<annotation>\n  <folder></folder>\n  <filename>{filename}</filename>\n  <source>\n"
        "    <database>Unknown</database>\n    <annotation>Unknown</annotation>\n"
        "    <image>Unknown</image>\n  </source>\n  <size>\n    <width>100</width>\n"
        "    <height>50</height>\n    <depth></depth>\n  </size>\n  <segmented>0</segmented>\n"
        f"  <object>\n    <name>{name}</name>\n    <truncated>0</truncated>\n"
        "    <occluded>0</occluded>\n    <difficult>0</difficult>\n    <bndbox>\n"
        f"      <xmin>{x1}</xmin>\n      <ymin>{y1}</ymin>\n      <xmax>{x2}</xmax>\n"
        f"      <ymax>{y2}</ymax>\n    </bndbox>\n    <attributes>\n      <attribute>\n"
        "        <name>rotation</name>\n        <value>0.0</value>\n      </attribute>\n"
        "    </attributes>\n  </object>\n</annotation>\n"
    )


def label_studio_xml(stem: str, name: str, corners: Corners) -> str:
    """A label of Label Studio's Pascal VOC export: the picture's name without its suffix."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotation>\n<folder>images</folder>\n'
        f"<filename>{stem}</filename>\n<source>\n<database>MyDatabase</database>\n"
        "<annotation>COCO2017</annotation>\n<image>flickr</image>\n<flickrid>NULL</flickrid>\n"
        "<annotator>1</annotator>\n</source>\n<owner>\n<flickrid>NULL</flickrid>\n"
        "<name>Label Studio</name>\n</owner>\n<size>\n<width>100</width>\n<height>50</height>\n"
        f"<depth>3</depth>\n</size>\n<segmented>0</segmented>\n{_object(name, corners)}\n"
        "</annotation>\n"
    )


def roboflow_xml(filename: str, name: str, corners: Corners) -> str:
    """A label of Roboflow's export: xmax before ymin, and a polygon beside the box."""
    x1, y1, x2, y2 = corners
    return (
        f"<annotation>\n\t<folder></folder>\n\t<filename>{filename}</filename>\n"
        f"\t<path>{filename}</path>\n\t<source>\n\t\t<database>roboflow.com</database>\n"
        "\t</source>\n\t<size>\n\t\t<width>100</width>\n\t\t<height>50</height>\n"
        "\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n\t<object>\n"
        f"\t\t<name>{name}</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>0</truncated>\n"
        "\t\t<difficult>0</difficult>\n\t\t<occluded>0</occluded>\n\t\t<bndbox>\n"
        f"\t\t\t<xmin>{x1}</xmin>\n\t\t\t<xmax>{x2}</xmax>\n\t\t\t<ymin>{y1}</ymin>\n"
        f"\t\t\t<ymax>{y2}</ymax>\n\t\t</bndbox>\n\t\t<polygon>\n\t\t\t<x1>{x1}</x1>\n"
        f"\t\t\t<y1>{y1}</y1>\n\t\t</polygon>\n\t</object>\n</annotation>\n"
    )


def boxes_of(annotations: Annotations) -> dict[str, list[list[float]]]:
    """The boxes of each picture, by its file."""
    return {
        file: annotations.boxes[annotations.objects(image)].tolist()
        for image, file in enumerate(annotations.files)
    }


def splits_of(annotations: Annotations) -> dict[str, str]:
    """The split of each picture, "" for none, by its file."""
    names = [*SPLITS, ""]
    return {
        file: names[split]
        for file, split in zip(annotations.files, annotations.splits.tolist(), strict=True)
    }


def kinds_of(annotations: Annotations) -> list[str]:
    """What was found, sorted."""
    return sorted(finding.kind for finding in annotations.findings)


def assert_same_length(annotations: Annotations) -> None:
    """Every column has as many rows as the table."""
    count = len(annotations.boxes)
    assert annotations.starts[0] == 0
    assert annotations.starts[-1] == count
    assert np.all(np.diff(annotations.starts) >= 0)
    for column in (annotations.labels, annotations.ignore, annotations.area, annotations.refs):
        assert len(column) == count
    rows: Sequence[object]
    for rows in (annotations.files, annotations.label_files, annotations.sizes):
        assert len(rows) == len(annotations)


def count_calls(monkeypatch: pytest.MonkeyPatch, *names: str) -> Counter[str]:
    """Counts what is asked of the file system from now on, by functions of `os`."""
    calls: Counter[str] = Counter()

    def counted(name: str) -> Any:
        function = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            calls[name] += 1
            return function(*arguments, **options)

        return call

    for name in names:
        monkeypatch.setattr(os, name, counted(name))
    return calls


def _object(name: str, corners: Corners, difficult: object = 0) -> str:
    x1, y1, x2, y2 = corners
    return (
        f"<object><name>{name}</name><pose>Unspecified</pose><truncated>0</truncated>"
        f"<difficult>{difficult}</difficult><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin>"
        f"<xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>"
    )
