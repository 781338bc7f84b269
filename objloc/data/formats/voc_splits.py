"""Which split the pictures of a Pascal VOC folder belong to: its lists, or its folders."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from objloc.data.files.annotations import NO_SPLIT, SPLITS
from objloc.data.files.finding import Finding
from objloc.data.formats.folders import Folders, relative_folder, relative_to
from objloc.data.formats.split_names import split_of_folder, split_of_name
from objloc.data.formats.text_lines import read_lines
from objloc.errors import DataError

_TRAINVAL = len(SPLITS)  # what its list is known by, behind the splits
_CLASS_COLUMN = frozenset({"-1", "0", "1"})


@dataclass
class VocSplits:
    """The lists of `ImageSets/Main`.

    Attributes:
        base: the folder that holds `ImageSets`; its label files are the ones listed.
        lists: lines of each split's list (and of `trainval`) with the list's file and the line's
            number.
    """

    base: str
    lists: dict[int, list[tuple[str, str, int]]] = field(default_factory=dict)


def read_lists(folders: Folders, root: str, below: Iterable[str]) -> list[VocSplits]:
    """The split lists of each `ImageSets/Main` among the folders.

    Only `train`, `val`, `test` and `trainval` are split lists. Lists of one class
    (`cat_train.txt`) and those that name no split (CVAT's `default.txt`) are passed over. What is
    in `trainval` alone counts as training.

    Raises:
        DataError: a list cannot be read.
    """
    found = []
    for folder in below:
        parts = folder.lower().split(os.sep)
        if parts[-2:] != ["imagesets", "main"]:
            continue
        splits = VocSplits(os.path.dirname(os.path.dirname(folder)))
        for name in folders.files(folder):
            stem, suffix = os.path.splitext(name)
            split = _TRAINVAL if stem.lower() == "trainval" else split_of_name(stem)
            if suffix.lower() != ".txt" or split == NO_SPLIT:
                continue
            relative = relative_to(root, folder, name)
            splits.lists.setdefault(split, []).extend(
                (entry, relative, line) for entry, line in _entries(os.path.join(folder, name))
            )
        if splits.lists:
            found.append(splits)
    return found


def assign(
    splits: VocSplits, find: Callable[[str], str | None]
) -> tuple[dict[str, int], list[Finding]]:
    """The split of each listed picture, by its file.

    Args:
        splits: the lists of one `ImageSets/Main`.
        find: the picture of a name in a list, None where it has no label.

    Returns:
        Index into `SPLITS` by picture file, and findings.
    """
    split_of: dict[str, int] = {}
    findings = []
    unknown: set[str] = set()
    for split in sorted(splits.lists):
        for entry, file, line in splits.lists[split]:
            picture = next((found for name in _names(entry) if (found := find(name))), None)
            if picture is None:
                name = _names(entry)[-1]
                if split != _TRAINVAL or name not in unknown:
                    findings.append(_unknown(name, file, line))
                unknown.add(name)
            elif split == _TRAINVAL:
                split_of.setdefault(picture, SPLITS.index("train"))
            elif split_of.setdefault(picture, split) != split:
                findings.append(_twice(picture, split_of[picture], split, file, line))
    return split_of, findings


def split_of_path(root: str, folder: str) -> int:
    """The split that a label's folder names: `train/a.xml`, `Annotations/val/a.xml`."""
    return split_of_folder(relative_folder(root, folder))


def _entries(path: str) -> list[tuple[str, int]]:
    """Lines that are not blank, with their numbers; bytes that are no UTF-8 stay as they are."""
    try:
        lines = [line.strip() for line in read_lines(path)]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path}: the list cannot be read ({error}); put it right, or remove it"
        ) from error
    return [(line, number) for number, line in enumerate(lines, start=1) if line]


def _names(line: str) -> list[str]:
    """What a line may name, the likeliest first: all of it, or what is before a class column.

    Blanks may be in a name, and CVAT puts quotes around it.
    """
    if len(line) > 1 and line[0] == line[-1] == '"':
        return [line[1:-1]]
    parts = line.rsplit(maxsplit=1)
    return [line, parts[0]] if len(parts) == 2 and parts[1] in _CLASS_COLUMN else [line]


def _unknown(entry: str, file: str, line: int) -> Finding:
    return Finding(
        "picture_unlabelled",
        "warning",
        file,
        f"{entry!r} is listed, but has no label file that can be read with a picture",
        "add the label and its picture, or remove the line",
        where=f"line {line}",
    )


def _twice(picture: str, first: int, second: int, file: str, line: int) -> Finding:
    return Finding(
        "duplicate_across_splits",
        "warning",
        file,
        f"{picture!r} is in the lists of {SPLITS[first]} and {SPLITS[second]}; it is taken for "
        f"{SPLITS[first]} alone",
        f"remove it from one of the lists, this one if it is for {SPLITS[first]}",
        where=f"line {line}",
        files=(picture,),
    )
