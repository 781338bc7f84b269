"""The pictures of COCO files: each once, and which of them each annotation belongs to."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int8, Int32, Int64

from objloc.data.files.annotations import NO_SPLIT
from objloc.data.files.finding import Finding
from objloc.data.files.printable import printable
from objloc.data.formats.coco_file import CocoFile
from objloc.data.formats.coco_layout import split_of_words

_NOWHERE = -1


@dataclass(frozen=True)
class CocoImages:
    """I pictures, sorted by path, and the picture of each annotation of F files.

    Attributes:
        files: relative to the dataset's folder.
        label_files: the file that each stands in.
        ids: (I,) the file's own, or 0..I-1 where they are no numbers.
        sizes: (I, 2) height and width in pixels.
        splits: (I,) index into `SPLITS`, or `NO_SPLIT`.
        of_annotation: of each file (N,) index into `files`, -1 for an image that the file lacks.
        findings: images that stand twice, annotations without one.
    """

    files: list[str]
    label_files: list[str]
    ids: Int64[np.ndarray, " i"]
    sizes: Int32[np.ndarray, "i 2"]
    splits: Int8[np.ndarray, " i"]
    of_annotation: list[Int64[np.ndarray, " n"]]
    findings: list[Finding]


def join_images(
    files: Sequence[CocoFile],
    names: Sequence[str],
    splits: Sequence[int],
    located: Sequence[Sequence[str]],
) -> CocoImages:
    """The pictures of all files, each once in a split.

    Args:
        files: what each file says.
        names: what the files are called.
        splits: what their names say: index into `SPLITS`, or `NO_SPLIT`: then a picture's folder
            may say it.
        located: of each file, its images' paths.
    """
    findings: list[Finding] = []
    rows_of_file = []
    paths: list[str] = []
    label_files: list[str] = []
    pictures: dict[tuple[str, int], int] = {}
    columns: dict[str, list[np.ndarray]] = {"ids": [], "sizes": [], "splits": []}
    for file, name, split, there in zip(files, names, splits, located, strict=True):
        own_splits = _splits(there, split)
        keys = list(zip(there, own_splits.tolist(), strict=True))
        before = len(pictures)
        entries = np.array([pictures.setdefault(key, len(pictures)) for key in keys], np.int64)
        # An entry is new if its picture got the next free number.
        new = _is_first(entries) & (entries >= before)
        twice = _repeated_ids(file, name, there, entries, findings)
        findings += _repeated_pictures(file, name, there, entries, twice)
        paths += [there[entry] for entry in np.flatnonzero(new).tolist()]
        label_files += [name] * int(new.sum())
        columns["ids"].append(file.image_ids[new])
        columns["sizes"].append(file.sizes[new])
        columns["splits"].append(own_splits[new])
        rows_of_file.append(_rows(file, entries))
        findings += _without_image(file, name, rows_of_file[-1])
    order = np.array(sorted(range(len(paths)), key=paths.__getitem__), np.int64)
    rank = np.empty(len(paths) + 1, np.int64)
    rank[order] = np.arange(len(paths))
    rank[_NOWHERE] = _NOWHERE
    ids = np.concatenate(columns["ids"])[order]
    if any(set(file.id_texts) & set(file.image_ids.tolist()) for file in files if file.id_texts):
        ids = np.arange(len(paths))
    return CocoImages(
        files=[paths[row] for row in order.tolist()],
        label_files=[label_files[row] for row in order.tolist()],
        ids=ids,
        sizes=np.concatenate(columns["sizes"])[order],
        splits=np.concatenate(columns["splits"])[order],
        of_annotation=[rank[rows] for rows in rows_of_file],
        findings=findings,
    )


def _splits(files: Sequence[str], split: int) -> Int8[np.ndarray, " i"]:
    if split != NO_SPLIT:
        return np.full(len(files), split, np.int8)
    folders = [os.path.dirname(file) for file in files]
    known = {folder: _split_of_path(folder) for folder in set(folders)}
    return np.array([known[folder] for folder in folders], np.int8)


def _split_of_path(folder: str) -> int:
    for name in reversed(folder.split("/")):
        split = split_of_words(name)
        if split != NO_SPLIT:
            return split
    return NO_SPLIT


def _is_first(numbers: Int64[np.ndarray, " i"]) -> np.ndarray:
    """True where a number stands for the first time."""
    first = np.zeros(len(numbers), np.bool_)
    first[np.unique(numbers, return_index=True)[1]] = True
    return first


def _repeated_ids(
    file: CocoFile,
    name: str,
    there: Sequence[str],
    entries: Int64[np.ndarray, " i"],
    findings: list[Finding],
) -> np.ndarray:
    """Findings of image ids that stand twice; True for the entries that repeat one."""
    repeats = ~_is_first(file.image_ids)
    first = {
        number: entry
        for entry, number in reversed(list(enumerate(file.image_ids.tolist())))
        if repeats.any()
    }
    for entry in np.flatnonzero(repeats).tolist():
        earlier = first[int(file.image_ids[entry])]
        same = entries[earlier] == entries[entry]
        what = "again" if same else f"and for {printable(there[entry])}, which gets no objects"
        findings.append(
            Finding(
                "id_duplicate",
                "warning" if same else "error",
                name,
                f"the id stands for {printable(there[earlier])} {what}",
                "give each image an id of its own, and its annotations that id",
                f"image {file.id_text(file.image_ids[entry])}",
                files=tuple(dict.fromkeys([there[earlier], there[entry]])),
            )
        )
    return repeats


def _repeated_pictures(
    file: CocoFile,
    name: str,
    there: Sequence[str],
    entries: Int64[np.ndarray, " i"],
    told: np.ndarray,
) -> list[Finding]:
    return [
        Finding(
            "id_duplicate",
            "warning",
            name,
            f"{printable(there[entry])} is listed twice; the objects of both are taken together",
            "keep one entry for each picture",
            f"image {file.id_text(file.image_ids[entry])}",
            files=(there[entry],),
        )
        for entry in np.flatnonzero(~_is_first(entries) & ~told).tolist()
    ]


def _rows(file: CocoFile, entries: Int64[np.ndarray, " i"]) -> Int64[np.ndarray, " n"]:
    """The picture of each annotation, `_NOWHERE` where the file lists none of that id."""
    if not len(entries):
        return np.full(len(file.ids), _NOWHERE, np.int64)
    numbers, first = np.unique(file.image_ids, return_index=True)
    at = np.searchsorted(numbers, file.of_image).clip(max=len(numbers) - 1)
    return np.where(numbers[at] == file.of_image, entries[first[at]], _NOWHERE)


def _without_image(file: CocoFile, name: str, rows: Int64[np.ndarray, " n"]) -> list[Finding]:
    lost = np.flatnonzero(rows == _NOWHERE)
    numbers, first, counts = np.unique(file.of_image[lost], return_index=True, return_counts=True)
    return [
        Finding(
            "label_without_picture",
            "warning",
            name,
            f"image {file.id_text(number)} is not among the images; {count} "
            f"{'annotation is' if count == 1 else 'annotations are'} left out",
            "add the image to the file, or take its annotations out",
            f"annotation {file.ids[lost[row]]}",
        )
        for number, row, count in zip(numbers, first, counts, strict=True)
    ]
