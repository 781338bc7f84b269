"""The pictures of a YOLO set and the split of each: from its lists, its folders, or a search."""

import os
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from objloc.data.files.annotations import NO_SPLIT, SPLITS
from objloc.data.files.finding import Finding
from objloc.data.formats.folders import Folders, is_picture, relative_folder, relative_to
from objloc.data.formats.picture_index import PictureIndex
from objloc.data.formats.split_names import split_of_folder
from objloc.data.formats.text_lines import read_lines
from objloc.data.formats.yolo_description import Description
from objloc.data.formats.yolo_places import is_foreign, resolve, split_path
from objloc.errors import DataError

Place = tuple[str, str]
"""A folder and the name of a file in it."""


@dataclass
class YoloPictures:
    """The pictures that a set names.

    Attributes:
        split_of: index into `SPLITS`, or `NO_SPLIT`, of each picture.
        searched: folders that were searched for pictures.
        findings: paths that lead nowhere, or elsewhere than they say.
    """

    split_of: dict[Place, int] = field(default_factory=dict)
    searched: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def find_pictures(folders: Folders, root: str, description: Description) -> YoloPictures:
    """The pictures of each split; all below the folder where nothing names them.

    A picture that several splits name belongs to the first of training, validation and test.

    Raises:
        DataError: a list of pictures cannot be read.
    """
    return _Search(folders, root, description).pictures()


class _Search:
    """Follows what the description says, noting what is odd."""

    def __init__(self, folders: Folders, root: str, description: Description) -> None:
        self._folders, self._root, self._description = folders, root, description
        self._found = YoloPictures()
        self._index = cache(lambda folder: PictureIndex(folders.pictures(folder)))

    def pictures(self) -> YoloPictures:
        if not self._description.entries:
            for folder in self._folders.walk(self._root):
                split = split_of_folder(relative_folder(self._root, folder))
                self._found.searched.add(folder)
                for name in self._folders.pictures(folder):
                    self._found.split_of[folder, name] = split
            return self._found
        bases = self._bases()
        twice: Counter[tuple[int, int]] = Counter()
        first_twice: dict[tuple[int, int], str] = {}
        # What belongs to no split comes last: it may be in one as well.
        entries_of = self._description.entries
        for split in sorted(entries_of, key=lambda split: (split == NO_SPLIT, split)):
            for place in self._of_split(split, entries_of[split], bases):
                taken = self._found.split_of.setdefault(place, split)
                if split not in (taken, NO_SPLIT):
                    twice[taken, split] += 1
                    first_twice.setdefault((taken, split), relative_to(self._root, *place))
        for (first, second), count in twice.items():
            picture = first_twice[first, second]
            self._found.findings.append(
                Finding(
                    "duplicate_across_splits",
                    "warning",
                    self._description.file,
                    f"{count} pictures are in {SPLITS[first]} and {SPLITS[second]} ({picture!r} "
                    f"…); they are taken for {SPLITS[first]} alone",
                    f"give {SPLITS[second]} pictures of its own",
                    where=SPLITS[second],
                    files=(picture,),
                )
            )
        return self._found

    def _bases(self) -> list[str]:
        """What entries are relative to: `path:` if it is there, then the folder itself."""
        written = self._description.base
        if not written:
            return [self._root]
        found = resolve(written, [self._root])
        if found is None:
            if is_foreign(written):
                self._foreign(f"path: {written!r}", ".", "note", self._description.file, "path")
            return [self._root]
        if found.tail:
            self._foreign(f"path: {written!r}", found.tail, "note", self._description.file, "path")
        return [*dict.fromkeys([found.path, self._root])]

    def _of_split(self, split: int, entries: list[str], bases: list[str]) -> list[Place]:
        places: list[Place] = []
        where = "" if split == NO_SPLIT else SPLITS[split]
        for entry in entries:
            found = resolve(entry, bases)
            if found is None:
                self._missing(f"{entry!r} is not there", where, self._description.file)
                continue
            if found.tail and not _is_darknet_prefix(entry, found.tail):
                severity = "note" if "/" in found.tail else "warning"
                file = self._description.file
                self._foreign(repr(entry), found.tail, severity, file, where)
            if os.path.isdir(found.path):
                places += self._of_folder(found.path)
            elif is_picture(found.path):
                places.append((os.path.dirname(found.path), os.path.basename(found.path)))
            else:
                places += self._of_list(found.path, bases)
        return places

    def _of_folder(self, folder: str) -> list[Place]:
        """The pictures below a folder."""
        below = [*self._folders.walk(folder)]
        self._found.searched.update(below)
        return [(place, name) for place in below for name in self._folders.pictures(place)]

    def _of_list(self, path: str, bases: list[str]) -> list[Place]:
        """The pictures that a list names, a path in each line.

        Raises:
            DataError: it cannot be read.
        """
        bases = [*dict.fromkeys([os.path.dirname(path), *bases])]
        file = relative_to(self._root, *os.path.split(path))
        told: set[str] = set()
        places: dict[Place, None] = {}
        try:
            lines = read_lines(path)
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(
                f"{path}: the list of pictures cannot be read ({error}); put it right, or take it "
                f"out of {self._description.file}"
            ) from error
        for number, line in enumerate(lines, start=1):
            written = line.strip()
            if not written:
                continue
            place, tail = self._listed(written, bases)
            if place is None:
                self._missing(f"{written!r} is not there", f"line {number}", file)
                continue
            folder = os.path.dirname(tail)
            if tail and folder not in told and not _is_darknet_prefix(written, tail):
                told.add(folder)
                self._foreign(repr(written), tail, "note", file, f"line {number}")
            places[place] = None
        return [*places]

    def _listed(self, written: str, bases: list[str]) -> tuple[Place | None, str]:
        """The picture of a line, and the end of the path that led to it, "" if all of it did."""
        parts = split_path(written)
        if not parts:
            return None, ""
        literal = [os.path.dirname(written)] if os.path.isabs(written) else []
        if not is_foreign(written):
            literal += [os.path.join(base, *parts[:-1]) for base in bases]
        inside = [part for part in parts[:-1] if part != ".."]
        for folder in literal:
            place = self._in_folder(folder, parts[-1])
            if place is not None:
                return place, ""
        for start in range(len(inside) + 1):
            for base in bases:
                place = self._in_folder(os.path.join(base, *inside[start:]), parts[-1])
                if place is not None:
                    return place, "/".join([*inside[start:], parts[-1]])
        return None, ""

    def _in_folder(self, folder: str, name: str) -> Place | None:
        folder = os.path.normpath(folder)
        index = self._index(folder)
        found = index.named(name) or index.named_alike(name)
        return None if found is None else (folder, found)

    def _missing(self, message: str, where: str, file: str) -> None:
        self._found.findings.append(
            Finding(
                "picture_missing",
                "error",
                file,
                message,
                "bring the pictures there, or correct the path",
                where=where,
            )
        )

    def _foreign(self, written: str, tail: str, severity: str, file: str, where: str) -> None:
        self._found.findings.append(
            Finding(
                "path_foreign",
                "warning" if severity == "warning" else "note",
                file,
                f"{written} is read as {tail!r}, which is in this folder",
                "nothing if that is right; else write the path relative to this file",
                where=where,
            )
        )


def _is_darknet_prefix(written: str, tail: str) -> bool:
    """True for `data/train.txt`, as CVAT writes what lies in the folder itself."""
    return not is_foreign(written) and split_path(written) == ["data", *tail.split("/")]
