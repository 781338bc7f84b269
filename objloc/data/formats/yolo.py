"""The reader of YOLO label sets: one text file for each picture."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding
from objloc.data.formats.folders import Folders, relative_to
from objloc.data.formats.picture_labels import PictureLabels, gather
from objloc.data.formats.picture_sizes import read_sizes
from objloc.data.formats.sidecar import with_sidecar
from objloc.data.formats.yolo_description import describe_set
from objloc.data.formats.yolo_findings import (
    line_finding,
    no_class_names,
    nothing_found,
    unknown_class,
    unlabelled,
    unreadable_label,
)
from objloc.data.formats.yolo_labels import LabelFinder, same_label
from objloc.data.formats.yolo_lines import COLUMNS, UnreadableLabelError, YoloLabels, read_yolo_file
from objloc.data.formats.yolo_pictures import Place, YoloPictures, find_pictures
from objloc.data.thread_map import thread_map
from objloc.errors import DataError


class Yolo:
    """YOLO: `data.yaml` with folders or lists of pictures, or folders alone.

    Read as they are: ultralytics' layouts, Roboflow's and CVAT's "Ultralytics YOLO" exports;
    CVAT's "YOLO 1.1" (`obj.data`, `obj.names`); Label Studio's (`classes.txt`, `images/`,
    `labels/`); and what labelImg writes beside the pictures. A picture without a label file is one
    without objects.

    Args:
        data: name of the YAML file in the dataset's folder; None to look for one.
    """

    name = "yolo"

    def __init__(self, data: str | None = None) -> None:
        self.data = data

    def describe(self) -> dict[str, Any]:
        """The options, ready for JSON."""
        return {"name": self.name, "data": self.data}

    def read(self, root: Path) -> Annotations:
        """All pictures that the set names, with what their label files say.

        Args:
            root: the folder, or the YAML file in it.

        Raises:
            DataError: there is no such folder, what describes the set cannot be read, or there are
                no pictures or no label files where it says.
        """
        data = self.data
        if root.is_file() and root.suffix.lower() in (".yaml", ".yml"):
            root, data = root.parent, root.name
        if not root.is_dir():
            raise DataError(
                f"{root}: there is no such folder; dataset.root must be a data.yaml, or the folder "
                "that holds it or images/ and labels/"
            )
        base, folders = os.path.abspath(root), Folders()
        description = describe_set(root, data)
        pictures = find_pictures(folders, base, description)
        findings = [*description.findings, *pictures.findings]
        labelled = _read_labels(folders, base, pictures, description.keypoints, findings)
        if not labelled:
            reason = nothing_found(description.file, len(pictures.split_of), findings)
            raise DataError(f"{root}: {reason}")
        ids = sorted({int(label) for item in labelled for label in set(item.labels.rows[:, 0])})
        names = description.names
        if names is None:
            names = {label: f"class_{label}" for label in ids}
            findings.append(no_class_names(len(names)))
        index = {label: position for position, label in enumerate(sorted(names))}
        table = [item.table(index, names, findings, description.file) for item in labelled]
        class_names = tuple(names[label] for label in index)
        return with_sidecar(gather(root, class_names, table, "line", findings))


@dataclass(frozen=True)
class _Labelled:
    """A picture with its size and what its label file says.

    Attributes:
        file: the picture, relative to the dataset's folder.
        label_file: its label file.
        size: upright height and width.
        split: index into `SPLITS`, or `NO_SPLIT`.
        labels: as the file says.
    """

    file: str
    label_file: str
    size: tuple[int, int]
    split: int
    labels: YoloLabels

    def table(
        self,
        index: dict[int, int],
        names: dict[int, str],
        findings: list[Finding],
        classes_file: str,
    ) -> PictureLabels:
        """In pixels; lines that cannot be used go to the findings."""
        rows = self.labels.rows
        known = np.array([int(label) in index for label in rows[:, 0]], np.bool_)
        boxes = _pixels(rows[:, 1:5], self.size)
        place = (self.label_file, self.file)
        findings += [line_finding(*place, problem) for problem in self.labels.problems]
        for row, box in zip(rows[~known], boxes[~known], strict=True):
            findings.append(
                unknown_class(*place, int(row[0]), int(row[6]), box, names, classes_file)
            )
        rows = rows[known]
        return PictureLabels(
            *(self.file, self.label_file, self.size, self.split, boxes[known]),
            labels=np.array([index[int(label)] for label in rows[:, 0]], np.int32),
            ignore=np.zeros(len(rows), np.bool_),
            area=rows[:, 5] * self.size[0] * self.size[1],
            refs=rows[:, 6].astype(np.int64),
        )


def _read_labels(
    folders: Folders, base: str, pictures: YoloPictures, keypoints: bool, findings: list[Finding]
) -> list[_Labelled]:
    """Pictures whose header and labels can be read; none if there are no label files at all."""
    finder = LabelFinder(folders)
    places = sorted(pictures.split_of)
    label_of = [finder.label_of(place) for place in places]
    if not any(there for _, there in label_of):
        return []
    findings += same_label(places, base)
    files = [relative_to(base, *place) for place in places]
    label_files = [relative_to(base, *label) for label, _ in label_of]

    def read(label: tuple[Place, bool]) -> YoloLabels | str:
        (folder, name), there = label
        if not there:
            return YoloLabels(np.zeros((0, COLUMNS)), [])
        try:
            return read_yolo_file(os.path.join(folder, name), keypoints)
        except UnreadableLabelError as error:
            return str(error)

    labels = thread_map(read, label_of)
    sizes = read_sizes(Path(base), files)
    labelled = []
    for i, (size, said) in enumerate(zip(sizes, labels, strict=True)):
        if isinstance(size, Finding):
            findings.append(size)
        if isinstance(said, str):
            findings.append(unreadable_label(label_files[i], files[i], said))
        if not label_of[i][1]:
            findings.append(unlabelled(files[i], label_files[i]))
        if not isinstance(size, Finding) and not isinstance(said, str):
            split = pictures.split_of[places[i]]
            labelled.append(_Labelled(files[i], label_files[i], size, split, said))
    findings += finder.without_picture(base, pictures.searched | {place for place, _ in places})
    return labelled


def _pixels(boxes: Float64[np.ndarray, "n 4"], size: tuple[int, int]) -> Float64[np.ndarray, "n 4"]:
    """Boxes as parts of width and height → pixels."""
    height, width = size
    return boxes * np.array([width, height, width, height], np.float64)
