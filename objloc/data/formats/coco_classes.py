"""Brings the categories of several COCO files into one list of classes, by their names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64

from objloc.data.files.finding import Finding
from objloc.data.formats.coco_file import CocoFile

UNUSED_CLASSES = ("drop_parents", "drop", "keep")


@dataclass(frozen=True)
class CocoClasses:
    """C classes, and which of them each of N annotations has.

    Attributes:
        names: C names, in the order of their ids in the first file that has them.
        ids: (C,) category ids; None where files disagree, or where ids are no numbers.
        labels: (N,) of the annotations of all files, one file after the other: index into
            `names`, -1 for a category that its file lacks.
        findings: categories that stand twice, are unknown, or were left out.
    """

    names: tuple[str, ...]
    ids: Int64[np.ndarray, " c"] | None
    labels: Int32[np.ndarray, " n"]
    findings: list[Finding]


def join_classes(files: Sequence[CocoFile], names: Sequence[str], unused: str) -> CocoClasses:
    """One list of classes for all files.

    Args:
        files: what each file says.
        names: what findings call the files.
        unused: what becomes of categories without any annotation; see `Coco`.
    """
    findings: list[Finding] = []
    places: dict[str, int] = {}
    columns = []
    for file, name in zip(files, names, strict=True):
        first = _first_of_each_id(file)
        findings += _twice(file, name, first)
        # By id, as other readers of COCO order them.
        for entry in sorted(first.values(), key=lambda entry: file.category_ids[entry]):
            places.setdefault(file.category_names[entry], len(places))
        columns.append(_labels(file, first, places))
        findings += _unknown(file, name, columns[-1])
    labels = np.concatenate(columns)
    used = np.bincount(labels[labels >= 0], minlength=len(places)) > 0
    kept = _kept(files, list(places), used, unused)
    findings += _left_out(list(places), names, kept)
    new = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1).astype(np.int32)
    listed = tuple(name for name, keep in zip(places, kept, strict=True) if keep)
    return CocoClasses(listed, _ids(files, listed), new[labels], findings)


def _first_of_each_id(file: CocoFile) -> dict[int, int]:
    """The entry of each category id, the first where there are several."""
    first: dict[int, int] = {}
    for entry, number in enumerate(file.category_ids.tolist()):
        first.setdefault(number, entry)
    return first


def _labels(
    file: CocoFile, first: dict[int, int], places: dict[str, int]
) -> Int32[np.ndarray, " n"]:
    numbers = np.array(sorted(first), np.int64)
    if not len(numbers):
        return np.full(len(file.of_category), -1, np.int32)
    label = np.array([places[file.category_names[first[number]]] for number in numbers.tolist()])
    at = np.searchsorted(numbers, file.of_category).clip(max=len(numbers) - 1)
    return np.where(numbers[at] == file.of_category, label[at], -1).astype(np.int32)


def _twice(file: CocoFile, name: str, first: dict[int, int]) -> list[Finding]:
    findings = []
    ids_of_name: dict[str, str] = {}
    for entry, number in enumerate(file.category_ids.tolist()):
        text, title = file.id_text(number), file.category_names[entry]
        kept = file.category_names[first[number]]
        where = f"category {text}"
        if entry != first[number]:
            findings.append(
                Finding(
                    "class_duplicate",
                    "warning" if kept == title else "error",
                    name,
                    f"the id stands for '{kept}' and again for '{title}'; the first is taken",
                    "give each category an id of its own",
                    where,
                )
            )
        elif title in ids_of_name:
            findings.append(
                Finding(
                    "class_duplicate",
                    "warning",
                    name,
                    f"'{title}' is category {ids_of_name[title]}, too; both are one class here",
                    "give them different names if they are different things",
                    where,
                )
            )
        ids_of_name.setdefault(title, text)
    return findings


def _unknown(file: CocoFile, name: str, labels: Int32[np.ndarray, " n"]) -> list[Finding]:
    rows = np.flatnonzero(labels < 0)
    numbers = file.of_category[rows].tolist()
    # One text for all annotations of a category: a file may be wrong in every one of them.
    texts = {
        number: f"its category {file.id_text(number)} is not among the categories; it is left out"
        for number in set(numbers)
    }
    return [
        Finding(
            "class_unknown",
            "error",
            name,
            texts[number],
            "add the category to the file, or correct the annotation",
            f"annotation {annotation}",
        )
        for number, annotation in zip(numbers, file.ids[rows].tolist(), strict=True)
    ]


def _kept(
    files: Sequence[CocoFile], places: list[str], used: np.ndarray, unused: str
) -> np.ndarray:
    if unused == "keep":
        return np.ones(len(places), np.bool_)
    if unused == "drop":
        return used
    parents = {
        parent
        for file in files
        for parent, name in zip(file.parents, file.category_names, strict=True)
        if parent != name  # COCO's "person" is its own
    }
    return used | ~np.isin(np.array(places, object), [*parents])


def _left_out(places: list[str], names: Sequence[str], kept: np.ndarray) -> list[Finding]:
    return [
        Finding(
            "class_unused",
            "note",
            names[0],
            f"category '{name}' has no annotation and is left out of the classes",
            "set dataset.format.unused_classes=keep if the model is to have an output for it",
        )
        for name, keep in zip(places, kept, strict=True)
        if not keep
    ]


def _ids(files: Sequence[CocoFile], listed: Sequence[str]) -> Int64[np.ndarray, " c"] | None:
    numbers: dict[str, set[int]] = {name: set() for name in listed}
    for file in files:
        for number, name in zip(file.category_ids.tolist(), file.category_names, strict=True):
            if name in numbers:
                numbers[name].add(number)
            if number in file.id_texts:
                return None
    single = [number.pop() for number in numbers.values() if len(number) == 1]
    if len(single) != len(listed) or len(set(single)) != len(listed):
        return None
    return np.array(single, np.int64)
