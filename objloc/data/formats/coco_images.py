"""The pictures of COCO files: each once, and which of them each annotation belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int8, Int32, Int64

from objloc.data.files.annotations import NO_SPLIT
from objloc.data.files.finding import Finding, Severity
from objloc.data.files.printable import printable
from objloc.data.formats.coco_file import CocoFile
from objloc.data.formats.coco_layout import split_of_words

_NOWHERE = -1


@dataclass(frozen=True)
class CocoImages:
    """I pictures, sorted by path, and the picture of each of N annotations.

    Attributes:
        files: relative to the dataset's folder.
        label_files: the file that each stands in.
        ids: (I,) the file's own, or 0..I-1 where they are no numbers.
        sizes: (I, 2) height and width in pixels.
        splits: (I,) index into `SPLITS`, or `NO_SPLIT`.
        of_annotation: (N,) of the annotations of all files, one file after the other: index into
            `files`, -1 for an image that its file lacks.
        findings: images and annotations whose id stands twice, annotations without an image.
    """

    files: list[str]
    label_files: list[str]
    ids: Int64[np.ndarray, " i"]
    sizes: Int32[np.ndarray, "i 2"]
    splits: Int8[np.ndarray, " i"]
    of_annotation: Int64[np.ndarray, " n"]
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
    paths: list[str] = []
    label_files: list[str] = []
    numbers: dict[tuple[str, int], int] = {}
    columns = []
    pictures_of_files = []
    for file, name, split, there in zip(files, names, splits, located, strict=True):
        own_splits = _splits(there, split)
        before = len(numbers)
        clashes = _clashing(file, there)
        keys = zip(there, own_splits.tolist(), strict=True)
        entries = np.array(
            [
                _NOWHERE if clash else numbers.setdefault(key, len(numbers))
                for key, clash in zip(keys, clashes.tolist(), strict=True)
            ],
            np.int64,
        )
        # An entry is new where its picture got the next free number.
        new = np.flatnonzero(_is_first(entries) & (entries >= before))
        paths += [there[entry] for entry in new.tolist()]
        label_files += [name] * len(new)
        columns.append((file.image_ids[new], file.sizes[new], own_splits[new]))
        pictures = _pictures(file, entries)
        pictures_of_files.append(pictures)
        findings += _repeated_images(file, name, there, entries)
        findings += _without_image(file, name, pictures)
        findings += _repeated_ids(file, name, pictures, paths)
    order = np.array(sorted(range(len(paths)), key=paths.__getitem__), np.int64)
    rank = np.full(len(paths) + 1, _NOWHERE)  # the last one is for _NOWHERE itself
    rank[order] = np.arange(len(paths))
    ids, sizes, split_column = (
        np.concatenate(parts)[order] for parts in zip(*columns, strict=True)
    )
    return CocoImages(
        files=[paths[number] for number in order.tolist()],
        label_files=[label_files[number] for number in order.tolist()],
        ids=np.arange(len(paths)) if _stand_for_words(ids, files) else ids,
        sizes=sizes,
        splits=split_column,
        of_annotation=rank[np.concatenate(pictures_of_files)],
        findings=findings,
    )


def _splits(files: Sequence[str], split: int) -> Int8[np.ndarray, " i"]:
    if split != NO_SPLIT:
        return np.full(len(files), split, np.int8)
    folders = [file.rpartition("/")[0] for file in files]
    known = {folder: _split_of_path(folder) for folder in set(folders)}
    return np.array([known[folder] for folder in folders], np.int8)


def _split_of_path(folder: str) -> int:
    for name in reversed(folder.split("/")):
        split = split_of_words(name)
        if split != NO_SPLIT:
            return split
    return NO_SPLIT


def _is_first(numbers: Int64[np.ndarray, " i"]) -> Bool[np.ndarray, " i"]:
    """True where a number stands for the first time."""
    first = np.zeros(len(numbers), np.bool_)
    first[np.unique(numbers, return_index=True)[1]] = True
    return first


def _clashing(file: CocoFile, there: Sequence[str]) -> Bool[np.ndarray, " i"]:
    """Which entries have the id of an earlier one and are another picture."""
    repeats = ~_is_first(file.image_ids)
    for entry in np.flatnonzero(repeats).tolist():
        repeats[entry] = there[entry] != there[_first_of_id(file, entry)]
    return repeats


def _repeated_images(
    file: CocoFile, name: str, there: Sequence[str], entries: Int64[np.ndarray, " i"]
) -> list[Finding]:
    """Findings of image ids, and of pictures, that stand twice."""
    repeats_id, repeats_picture = ~_is_first(file.image_ids), ~_is_first(entries)
    findings = []
    for entry in np.flatnonzero(repeats_id | repeats_picture | (entries == _NOWHERE)).tolist():
        picture = printable(there[entry])
        earlier = there[_first_of_id(file, entry)]
        files: tuple[str, ...] = (there[entry],)
        severity: Severity = "warning"
        way_out = "give each image an id of its own, and its annotations that id"
        if entries[entry] == _NOWHERE:
            severity = "error"
            message = f"the id is that of {printable(earlier)}, too; {picture} is left out"
            files = (earlier, *files)
        elif repeats_id[entry]:
            message = f"the id stands for {picture} again"
        else:
            message = f"{picture} is listed twice; the objects of both are taken together"
            way_out = "keep one entry for each picture"
        where = f"image {file.id_text(file.image_ids[entry])}"
        findings.append(Finding("id_duplicate", severity, name, message, way_out, where, files))
    return findings


def _first_of_id(file: CocoFile, entry: int) -> int:
    """The first entry that has the entry's id."""
    return int((file.image_ids == file.image_ids[entry]).argmax())


def _repeated_ids(
    file: CocoFile, name: str, pictures: Int64[np.ndarray, " n"], paths: Sequence[str]
) -> list[Finding]:
    """A warning for each annotation id that stands twice."""
    numbers, first, counts = np.unique(file.ids, return_index=True, return_counts=True)
    return [
        Finding(
            "id_duplicate",
            "warning",
            name,
            f"the id belongs to {counts[place]} annotations",
            "number the annotations anew: tools that go by id lose some of them",
            f"annotation {numbers[place]}",
            files=(paths[picture],) if (picture := int(pictures[first[place]])) >= 0 else (),
        )
        for place in np.flatnonzero(counts > 1)
    ]


def _stand_for_words(ids: Int64[np.ndarray, " i"], files: Sequence[CocoFile]) -> bool:
    """True if one of the ids is no number in its file."""
    words = [number for file in files for number in file.id_texts]
    return bool(words) and bool(np.isin(ids, words).any())


def _pictures(file: CocoFile, entries: Int64[np.ndarray, " i"]) -> Int64[np.ndarray, " n"]:
    """The picture of each annotation, `_NOWHERE` where the file lists none of that id."""
    if not len(entries):
        return np.full(len(file.ids), _NOWHERE, np.int64)
    numbers, first = np.unique(file.image_ids, return_index=True)
    at = np.searchsorted(numbers, file.of_image).clip(max=len(numbers) - 1)
    return np.where(numbers[at] == file.of_image, entries[first[at]], _NOWHERE)


def _without_image(file: CocoFile, name: str, pictures: Int64[np.ndarray, " n"]) -> list[Finding]:
    lost = np.flatnonzero(pictures == _NOWHERE)
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
