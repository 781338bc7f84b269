"""Reads COCO JSON, as COCO, Roboflow, Label Studio and CVAT lay it out."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding
from objloc.data.formats.coco_classes import UNUSED_CLASSES, CocoClasses, join_classes
from objloc.data.formats.coco_file import CocoFile
from objloc.data.formats.coco_images import CocoImages, join_images
from objloc.data.formats.coco_json import read_coco_json
from objloc.data.formats.coco_json_lenient import NotCocoError
from objloc.data.formats.coco_layout import (
    LabelFile,
    dataset_folder,
    find_label_files,
    picture_folders,
)
from objloc.data.formats.coco_pictures import PictureLocator, foreign_finding
from objloc.data.formats.folders import Folders, relative_to
from objloc.errors import ConfigError, DataError

CROWD = ("ignore", "skip", "keep")


@dataclass(frozen=True)
class _Read:
    """One label file, read.

    Attributes:
        name: relative to the dataset's folder.
        split: what its name says.
        content: what it says.
        files: its images' paths.
    """

    name: str
    split: int
    content: CocoFile
    files: list[str]


class Coco:
    """COCO JSON: one file or several, joined by the names of their categories.

    Boxes are kept as they are written (x, y, width, height become x1, y1, x2, y2), wherever they
    lie. Pictures that are nowhere stay in the table, at the place where they should be: the check
    of the pictures tells of them. An image without annotations is a picture without objects.

    Ids are those of the files, so images of two files (splits) may have the same one.

    Args:
        annotations: the label files, relative to the dataset's folder; `*`, `?` and `**` stand for
            any names. None looks where COCO (`annotations/instances_*.json`), CVAT (the same),
            Roboflow (`train/_annotations.coco.json`) and Label Studio (`result.json`) put them,
            and then for any JSON file.
        crowd: annotations marked `iscrowd` or `ignore`: "ignore" has them neither trained on nor
            counted as found or missed, "skip" leaves them out, "keep" takes them for any other
            object.
        unused_classes: categories that no annotation has: "drop_parents" leaves out those that are
            another one's supercategory (Roboflow writes the project's name as such a category;
            the model should have no output for it) and keeps the rest, so that a part of a
            dataset has the classes of the whole; "drop" leaves out all of them; "keep" none.

    Raises:
        ConfigError: no such option.
    """

    name = "coco"

    def __init__(
        self,
        annotations: str | None = None,
        crowd: str = "ignore",
        unused_classes: str = "drop_parents",
    ) -> None:
        _one_of("crowd", crowd, CROWD)
        _one_of("unused_classes", unused_classes, UNUSED_CLASSES)
        self.annotations = annotations
        self.crowd = crowd
        self.unused_classes = unused_classes

    def read(self, root: Path) -> Annotations:
        """Everything that the label files say, in the order of the pictures' paths.

        Args:
            root: the dataset's folder, or its label file.

        Raises:
            DataError: there is no label file, or one that cannot be read as JSON or as COCO.
        """
        root = Path(root)
        folders = Folders()
        base = os.path.abspath(dataset_folder(root))
        findings: list[Finding] = []
        parts = [
            part
            for label_file in find_label_files(root, self.annotations, folders)
            if (part := _read(base, label_file, folders, findings)) is not None
        ]
        if not parts:
            raise DataError(
                f"{base}: none of its JSON files is a COCO file (first: {findings[0]}); "
                "set dataset.format.annotations to the one that is"
            )
        contents = [part.content for part in parts]
        names = [part.name for part in parts]
        classes = join_classes(contents, names, self.unused_classes)
        images = join_images(
            contents, names, [part.split for part in parts], [part.files for part in parts]
        )
        findings += [finding for content in contents for finding in content.findings]
        findings += classes.findings + images.findings
        return self._table(dataset_folder(root), contents, classes, images, findings)

    def describe(self) -> dict[str, Any]:
        """The options that decide what is read, ready for JSON."""
        return {
            "name": self.name,
            "annotations": self.annotations,
            "crowd": self.crowd,
            "unused_classes": self.unused_classes,
        }

    def _table(
        self,
        root: Path,
        files: Sequence[CocoFile],
        classes: CocoClasses,
        images: CocoImages,
        findings: Sequence[Finding],
    ) -> Annotations:
        """The columns of all files, objects in the order of their pictures."""
        image, label = images.of_annotation, classes.labels
        crowd = np.concatenate([file.crowd for file in files])
        known = (image >= 0) & (label >= 0)
        if self.crowd == "skip":
            known &= ~crowd
        rows = np.flatnonzero(known)
        rows = rows[np.argsort(image[rows], kind="stable")]
        counts = np.bincount(image[rows], minlength=len(images.files))
        bboxes = np.concatenate([file.bboxes for file in files])[rows]
        area = np.concatenate([file.area for file in files])[rows]
        ignore = crowd[rows] if self.crowd == "ignore" else np.zeros(len(rows), np.bool_)
        return Annotations(
            root=root,
            class_names=classes.names,
            files=images.files,
            label_files=images.label_files,
            image_ids=images.ids,
            sizes=images.sizes,
            splits=images.splits,
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            boxes=np.concatenate([bboxes[:, :2], bboxes[:, :2] + bboxes[:, 2:]], axis=1),
            labels=label[rows],
            ignore=ignore,
            area=_areas(area, bboxes),
            refs=np.concatenate([file.ids for file in files])[rows],
            ref_kind="annotation",
            findings=tuple(findings),
            class_ids=classes.ids,
        )


def _one_of(key: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ConfigError(f"dataset.format.{key} is '{value}': one of {', '.join(choices)}")


def _read(
    base: str, label_file: LabelFile, folders: Folders, findings: list[Finding]
) -> _Read | None:
    """One label file with the places of its pictures; None for JSON that is something else."""
    name = relative_to(base, os.path.dirname(label_file.path), os.path.basename(label_file.path))
    try:
        content = read_coco_json(Path(label_file.path), name)
    except NotCocoError as error:
        if label_file.sure:
            raise
        message = str(error).removeprefix(f"{label_file.path}: ").partition(";")[0]
        findings.append(
            Finding(
                "label_unreadable",
                "note",
                name,
                f"{message}; it is passed over",
                "set dataset.format.annotations to name the label files",
            )
        )
        return None
    places = picture_folders(base, label_file, folders)
    located = PictureLocator(base, places, folders).locate(content.file_names)
    foreign = foreign_finding(name, content.file_names, located)
    if foreign is not None:
        findings.append(foreign)
    return _Read(name, label_file.split, content, located.files)


def _areas(
    stated: Float64[np.ndarray, " n"], bboxes: Float64[np.ndarray, "n 4"]
) -> Float64[np.ndarray, " n"]:
    """The areas as stated; the boxes' own where none is, or one that nothing has."""
    own = (bboxes[:, 2] * bboxes[:, 3]).clip(min=0)
    return np.where(np.isfinite(stated) & (stated >= 0), stated, own)
