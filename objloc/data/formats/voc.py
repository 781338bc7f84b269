"""The reader of Pascal VOC label sets: one XML file for each picture."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from objloc.data.files.annotations import NO_SPLIT, Annotations
from objloc.data.files.finding import Finding
from objloc.data.formats.class_names import check_class_names, read_class_list
from objloc.data.formats.folders import Folders, relative_to
from objloc.data.formats.picture_index import alike
from objloc.data.formats.picture_labels import PictureLabels, gather
from objloc.data.formats.picture_sizes import read_sizes
from objloc.data.formats.sidecar import with_sidecar
from objloc.data.formats.voc_findings import (
    blanks_around_name,
    unknown_class,
    unlabelled,
    unreadable_objects,
)
from objloc.data.formats.voc_pictures import Pairing, Place, pair
from objloc.data.formats.voc_splits import assign, read_lists, split_of_path
from objloc.data.formats.voc_xml import (
    NoLabelError,
    UnreadableXmlError,
    VocFile,
    VocObject,
    read_voc_file,
)
from objloc.data.thread_map import thread_map
from objloc.errors import ConfigError, DataError

COORDINATES = ("one_based_inclusive", "zero_based")
DIFFICULT = ("ignore", "keep", "skip")


class Voc:
    """Pascal VOC: every XML file below the folder that has a picture.

    Read as they are: the challenge's `Annotations/`, `JPEGImages/` and `ImageSets/Main/`; what
    labelImg writes beside the pictures; the exports of CVAT and Label Studio (`Annotations/` with
    `images/`); and folders `train/`, `valid/`, `test/` with both (Roboflow).

    Args:
        coordinates: `one_based_inclusive` as the challenge counts, pixels from 1 and the last one
            in the box; `zero_based` where the numbers are edges already (CVAT, Label Studio).
        difficult: whether objects so marked are ignored in evaluation, kept as any other, or
            skipped.
        classes_file: a file with one class name a line, in the order of the labels, relative to
            the dataset's folder; None for the names found, in alphabetical order.

    Raises:
        ConfigError: an option is none of its values.
    """

    name = "voc"

    def __init__(
        self,
        coordinates: str = "one_based_inclusive",
        difficult: str = "ignore",
        classes_file: str | None = None,
    ) -> None:
        _check_option("coordinates", coordinates, COORDINATES)
        _check_option("difficult", difficult, DIFFICULT)
        self.coordinates = coordinates
        self.difficult = difficult
        self.classes_file = classes_file

    def describe(self) -> dict[str, Any]:
        """The options, ready for JSON."""
        return {
            "name": self.name,
            "coordinates": self.coordinates,
            "difficult": self.difficult,
            "classes_file": self.classes_file,
        }

    def read(self, root: Path) -> Annotations:
        """All pictures below `root` that have a readable label file.

        Raises:
            DataError: there is no such folder, no label file in it, none that can be read or that
                has a picture, or the list of classes cannot be read.
        """
        base = os.path.abspath(root)
        if not os.path.isdir(base):
            raise DataError(
                f"{root}: there is no such folder; dataset.root must be the folder that holds "
                "Annotations/ and JPEGImages/, or pictures with their XML files"
            )
        folders = Folders()
        places, files, findings = _read_labels(folders, base)
        pairing = pair(folders, base, places, [file.filename for file in files])
        findings += pairing.findings
        if not pairing.picture_of:
            raise DataError(_nothing(root, findings))
        labelled = [
            (place, file)
            for place, file in zip(places, files, strict=True)
            if place in pairing.picture_of
        ]
        class_names, class_findings = self._class_names(root, labelled)
        split_of, split_findings = _splits(folders, base, pairing)
        sizes, size_findings = _sizes(root, base, labelled, pairing)
        findings += [*class_findings, *split_findings, *size_findings]
        index = {name: label for label, name in enumerate(class_names)}
        pictures = []
        for place, file in labelled:
            picture = relative_to(base, *pairing.picture_of[place])
            if picture in sizes:
                label_file = relative_to(base, *place)
                findings += unreadable_objects(label_file, picture, file)
                pictures.append(
                    self._picture(
                        *(picture, label_file, sizes[picture], split_of[picture]),
                        *(file.objects, index, findings),
                    )
                )
        findings += [unlabelled(picture) for picture in _without_label(folders, base, pairing)]
        annotations = gather(root, class_names, pictures, "object", findings)
        return with_sidecar(annotations, order_classes=self.classes_file is None)

    def _class_names(
        self, root: Path, labelled: Sequence[tuple[Place, VocFile]]
    ) -> tuple[tuple[str, ...], list[Finding]]:
        """The classes in the order of the labels, and what is odd about their names."""
        if self.classes_file is not None:
            names = read_class_list(root / self.classes_file)
            return names, check_class_names(names, self.classes_file)
        found = {item.name for _, file in labelled for item in file.objects}
        names = tuple(sorted(found - {""}))
        findings = check_class_names(names, ".")
        written = {
            item.written_name: (place, item)
            for place, file in reversed(labelled)
            for item in reversed(file.objects)
        }
        for name, (place, item) in sorted(written.items()):
            if name != item.name and item.name in written:
                label_file = relative_to(os.path.abspath(root), *place)
                findings.append(blanks_around_name(label_file, item))
        return names, findings

    def _picture(
        self,
        file: str,
        label_file: str,
        size: tuple[int, int],
        split: int,
        objects: Sequence[VocObject],
        index: dict[str, int],
        findings: list[Finding],
    ) -> PictureLabels:
        """One picture's row of the table; objects of unknown classes go to the findings."""
        kept = []
        for item in objects:
            if item.name not in index:
                findings.append(unknown_class(label_file, file, item, self.classes_file))
            elif not (item.difficult and self.difficult == "skip"):
                kept.append(item)
        boxes = np.array([item.corners for item in kept], np.float64).reshape(-1, 4)
        if self.coordinates == "one_based_inclusive":
            boxes[:, :2] -= 1
        ignore = self.difficult == "ignore"
        return PictureLabels(
            *(file, label_file, size, split, boxes),
            labels=np.array([index[item.name] for item in kept], np.int32),
            ignore=np.array([item.difficult and ignore for item in kept], np.bool_),
            area=(boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=1),
            refs=np.array([item.number for item in kept], np.int64),
        )


def _read_labels(folders: Folders, base: str) -> tuple[list[Place], list[VocFile], list[Finding]]:
    """Every XML file that can be read, and findings for the others."""
    places = [
        (folder, name)
        for folder in folders.walk(base)
        for name in folders.files(folder)
        if name.lower().endswith(".xml")
    ]
    if not places:
        raise DataError(
            f"{base}: there is no XML file in this folder or below it; Pascal VOC has one for each "
            "picture, in Annotations/ or beside the pictures"
        )

    def read(place: Place) -> VocFile | Finding:
        try:
            return read_voc_file(os.path.join(*place))
        except UnreadableXmlError as error:
            return Finding(
                "label_unreadable",
                "warning" if isinstance(error, NoLabelError) else "error",
                relative_to(base, *place),
                str(error),
                "export or draw the label anew, or remove the file",
            )

    answers = thread_map(read, places)
    good = [(p, a) for p, a in zip(places, answers, strict=True) if isinstance(a, VocFile)]
    bad = [answer for answer in answers if isinstance(answer, Finding)]
    return [place for place, _ in good], [file for _, file in good], bad


def _splits(folders: Folders, base: str, pairing: Pairing) -> tuple[dict[str, int], list[Finding]]:
    """The split of each picture: by the lists where there are some, else by the folders."""
    pictures = {place: relative_to(base, *picture) for place, picture in pairing.picture_of.items()}
    lists = read_lists(folders, base, folders.walk(base))
    if not lists:
        return {file: split_of_path(base, place[0]) for place, file in pictures.items()}, []
    split_of = dict.fromkeys(pictures.values(), NO_SPLIT)
    findings = []
    for splits in lists:
        exact: dict[str, str] = {}
        by_name: dict[str, str] = {}
        for place, file in pictures.items():
            inside = os.path.relpath(os.path.join(*place), splits.base).replace(os.sep, "/")
            if not inside.startswith("../"):
                stem = os.path.splitext(inside)[0]
                for name in (stem.split("/", 1)[-1], os.path.basename(stem)):
                    exact.setdefault(name, file)
                    by_name.setdefault(alike(name), file)

        def find(
            entry: str, exact: dict[str, str] = exact, by_name: dict[str, str] = by_name
        ) -> str | None:
            key = alike(entry)
            return exact.get(entry) or by_name.get(key) or by_name.get(os.path.splitext(key)[0])

        found, more = assign(splits, find)
        split_of |= found
        findings += more
    return split_of, findings


def _sizes(
    root: Path, base: str, labelled: Sequence[tuple[Place, VocFile]], pairing: Pairing
) -> tuple[dict[str, tuple[int, int]], list[Finding]]:
    """Height and width by picture: as stated, else from its header."""
    sizes = {relative_to(base, *pairing.picture_of[place]): file.size for place, file in labelled}
    unknown = [file for file, size in sizes.items() if size == (0, 0)]
    findings = []
    for file, answer in zip(unknown, read_sizes(root, unknown), strict=True):
        if isinstance(answer, Finding):
            findings.append(answer)
            del sizes[file]
        else:
            sizes[file] = answer
    return sizes, findings


def _without_label(folders: Folders, base: str, pairing: Pairing) -> list[str]:
    """Pictures in the folders of labelled ones that no label file belongs to."""
    labelled = set(pairing.picture_of.values())
    return [
        relative_to(base, folder, name)
        for folder in sorted({folder for folder, _ in labelled})
        for name in folders.pictures(folder)
        if (folder, name) not in labelled
    ]


def _nothing(root: Path, findings: Sequence[Finding]) -> str:
    """Why there is not one labelled picture, by the first of the label files."""
    return (
        f"{root}: none of its {len(findings)} XML files can be read and has a picture; the first: "
        f"{findings[0]}"
    )


def _check_option(name: str, value: str, values: Sequence[str]) -> None:
    if value not in values:
        raise ConfigError(
            f"dataset.format.{name} is {value!r}; it must be one of {', '.join(values)}"
        )
