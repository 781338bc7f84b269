"""The pictures of COCO files: each once, and which of them each annotation belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int8, Int32, Int64

from objloc.data.files.annotations import NO_SPLIT, SPLITS
from objloc.data.files.finding import Finding, Severity
from objloc.data.files.printable import printable
from objloc.data.formats.coco_file import CocoFile
from objloc.data.formats.coco_layout import split_of_words

_NOWHERE = -1
_ELSEWHERE = -2  # an entry of a picture that a file of another split lists, too
_SHOWN = 8  # pictures of a finding


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
            `files`, -1 for an image that its file lacks, or that belongs to another split.
        findings: images and annotations whose id stands twice, annotations without an image,
            pictures that files of several splits list.
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
    """The pictures of all files, each once.

    A picture that files of several splits list belongs to the first of training, validation and
    test, with the objects that it has there.

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
    numbers: dict[str, int] = {}
    columns = []
    pictures_of_files = []
    splits_of_files = [_splits(there, split) for there, split in zip(located, splits, strict=True)]
    split_of = _first_splits(located, splits_of_files)
    for file, name, own_splits, there in zip(files, names, splits_of_files, located, strict=True):
        before = len(numbers)
        entries = np.full(len(there), _NOWHERE, np.int64)
        entries[_elsewhere(there, own_splits, split_of)] = _ELSEWHERE
        clashes = _clashing(file, there)
        entries[clashes] = _NOWHERE
        for entry in np.flatnonzero(~clashes & (entries != _ELSEWHERE)).tolist():
            entries[entry] = numbers.setdefault(there[entry], len(numbers))
        # An entry is new where its picture got the next free number.
        new = np.flatnonzero(_is_first(entries) & (entries >= before))
        paths += [there[entry] for entry in new.tolist()]
        label_files += [name] * len(new)
        columns.append((file.image_ids[new], file.sizes[new], own_splits[new]))
        pictures = _pictures(file, entries)
        pictures_of_files.append(pictures)
        findings += _repeated_images(file, name, there, entries)
        findings += _of_other_splits(name, there, own_splits, split_of, entries)
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
        of_annotation=rank[np.concatenate(pictures_of_files).clip(min=_NOWHERE)],
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


def _first_splits(
    located: Sequence[Sequence[str]], splits_of_files: Sequence[Int8[np.ndarray, " _i"]]
) -> dict[str, int]:
    """The split of each picture: the first of those whose files list it, no split coming last."""
    split_of: dict[str, int] = {}
    for there, own_splits in zip(located, splits_of_files, strict=True):
        for path, split in zip(there, own_splits.tolist(), strict=True):
            known = split_of.setdefault(path, split)
            if split != known and split != NO_SPLIT and (known == NO_SPLIT or split < known):
                split_of[path] = split
    return split_of


def _elsewhere(
    there: Sequence[str], own_splits: Int8[np.ndarray, " i"], split_of: dict[str, int]
) -> Bool[np.ndarray, " i"]:
    """Which entries' pictures belong to another split."""
    return np.array([split_of[path] for path in there], np.int64) != own_splits


def _of_other_splits(
    name: str,
    there: Sequence[str],
    own_splits: Int8[np.ndarray, " i"],
    split_of: dict[str, int],
    entries: Int64[np.ndarray, " i"],
) -> list[Finding]:
    """A warning for each pair of splits that have pictures in common."""
    pictures: dict[tuple[int, int], list[str]] = {}
    for entry in np.flatnonzero(entries == _ELSEWHERE).tolist():
        pair = split_of[there[entry]], int(own_splits[entry])
        pictures.setdefault(pair, []).append(there[entry])
    findings = []
    for (first, own), files in pictures.items():
        of = f" of {SPLITS[own]}" if own != NO_SPLIT else ""
        findings.append(
            Finding(
                "duplicate_across_splits" if own != NO_SPLIT else "id_duplicate",
                "warning",
                name,
                f"{len(files)} of its images{of} are images of {SPLITS[first]}, too, the first "
                f"{printable(files[0])}; they are taken for {SPLITS[first]} alone, with the "
                "objects that they have there",
                "list each picture in the file of one split",
                files=tuple(files[:_SHOWN]),
            )
        )
    return findings


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
    repeats_id = ~_is_first(file.image_ids)
    repeats_picture = ~_is_first(entries) & (entries != _ELSEWHERE)
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
