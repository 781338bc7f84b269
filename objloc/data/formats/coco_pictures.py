"""Finds the pictures that a COCO file names, whatever machine the names were written on."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from objloc.data.files.finding import Finding
from objloc.data.files.printable import printable
from objloc.data.formats.folders import Folders, relative_to
from objloc.data.formats.picture_index import PictureIndex

_UPLOAD = re.compile(r"^[0-9a-f]{8}-(?=.)")  # Label Studio's prefix of uploaded files
_ALL = 1 << 30  # more parts than a path has
_DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True)
class Located:
    """Where pictures are.

    Attributes:
        files: relative to the dataset's folder; of a picture that is nowhere, where it should be.
        foreign: numbers of the pictures whose names are paths of another machine.
    """

    files: list[str]
    foreign: list[int]


class PictureLocator:
    """Looks pictures up in the listings of folders; no file is touched.

    Args:
        base: the dataset's folder.
        places: folders that pictures may be in, absolute, the likeliest first.
        folders: listings.
    """

    def __init__(self, base: str, places: Sequence[str], folders: Folders) -> None:
        self._base = base
        self._places = places
        self._filled = [place for place in places if folders.files(place) or folders.folders(place)]
        self._folders = folders
        self._sets: dict[str, list[tuple[str, frozenset[str]]]] = {}
        self._indexes: dict[str, PictureIndex] = {}

    def locate(self, names: Sequence[str]) -> Located:
        """The files of pictures, by the names that the labels give them."""
        files = [self._as_written(name) for name in names]
        home = _commonest([file for file in files if file]) or self._default_home()
        ends = {
            number: self._by_its_end(_way(names[number]))
            for number, file in enumerate(files)
            if file is None
        }
        # Of names that lead to one picture the one that says most of its path means it: where
        # cam1/a.jpg is there and cam2/a.jpg is not, the latter is missing.
        longest = {file: _ALL for file in files if file is not None}
        for found, parts in ends.values():
            if found is not None:
                longest[found] = max(parts, longest.get(found, 0))
        foreign = []
        for number, (found, parts) in ends.items():
            way, is_foreign = _way(names[number]), _is_foreign(names[number])
            if found is None or parts < longest[found]:
                first = 1 if is_foreign else max(1, len(way))
                should_be = [_join(home, way[-end:]) for end in range(first, len(way) + 1)]
                free = [file for file in should_be if file not in longest]
                found = [*free, *should_be, home][0]
            files[number] = found
            if is_foreign:
                foreign.append(number)
        return Located([file for file in files if file is not None], foreign)

    def _as_written(self, name: str) -> str | None:
        folder, _, last = name.rpartition("/")
        if folder not in self._sets:
            self._sets[folder] = self._listed(folder)
        for prefix, there in self._sets[folder]:
            if last in there:
                return prefix + last
        return None

    def _listed(self, folder: str) -> list[tuple[str, frozenset[str]]]:
        """Of each place that has such a folder: its path from the base, and what is in it."""
        listed = []
        for place in self._places:
            below = os.path.normpath(os.path.join(place, folder))
            names = frozenset(self._folders.files(below))
            if names:
                listed.append((relative_to(self._base, below, "x")[:-1], names))
        return listed

    def _by_its_end(self, way: list[str]) -> tuple[str | None, int]:
        """The picture whose path ends as this one does, and how many parts that end has.

        It is the longest end that leads to one.
        """
        for start in range(len(way)):
            found = self._like(way[start:-1], way[-1])
            if found is not None:
                return found, len(way) - start
        if way and _UPLOAD.match(way[-1]):
            return self._like([], _UPLOAD.sub("", way[-1])), 0
        return None, 0

    def _like(self, folder: list[str], name: str) -> str | None:
        """The picture of this name, give or take case, percent-encoding and composition."""
        for place in self._filled:
            below = os.path.join(place, *folder)
            if below not in self._indexes:
                self._indexes[below] = PictureIndex(self._folders.files(below))
            index = self._indexes[below]
            found = index.named(name) or index.named_alike(name)
            if found is not None:
                return relative_to(self._base, below, found)
        return None

    def _default_home(self) -> str:
        """Where pictures should be when none was found."""
        filled = [place for place in self._filled if self._folders.pictures(place)]
        there = [place for place in self._places if os.path.isdir(place)]
        place = [*filled, *there, self._base][0]
        return os.path.dirname(relative_to(self._base, place, "x")) or "."


def foreign_finding(label_file: str, names: Sequence[str], located: Located) -> Finding | None:
    """A note of the pictures that were named by paths of another machine, if there are any."""
    if not located.foreign:
        return None
    first = located.foreign[0]
    return Finding(
        kind="path_foreign",
        severity="note",
        file=label_file,
        message=f"{len(located.foreign)} pictures are named by paths of another machine, the first "
        f"'{printable(names[first])}', and were looked for by the end of the path: "
        f"'{printable(located.files[first])}'",
        way_out="nothing needs to be done where these are the right pictures",
        files=(located.files[first],),
    )


def _way(name: str) -> list[str]:
    """Folders and name of a path or address of any system, without what only another one knows."""
    if "://" in name or "?d=" in name:
        try:
            address = urlsplit(name)
        except ValueError:  # what looks like an address and is none: only its end can tell
            return [name.rsplit("/", 1)[-1]]
        local = parse_qs(address.query).get("d")  # Label Studio's local files
        name = local[0] if local else unquote(address.path)
    parts = _DRIVE.sub("", name.replace("\\", "/")).split("/")
    return [part for part in parts if part not in ("", ".", "..")]


def _is_foreign(name: str) -> bool:
    return "\\" in name or "://" in name or "?d=" in name or name.startswith(("/", ".."))


def _join(home: str, way: list[str]) -> str:
    if f"/{home}".endswith("/".join(["", *way[:-1]])):  # the name begins with the folder
        way = way[-1:]
    return os.path.normpath("/".join([home, *way])).replace(os.sep, "/")


def _commonest(files: Sequence[str]) -> str | None:
    """The folder that most of the first thousand pictures are in."""
    folders = [os.path.dirname(file) or "." for file in files[:1000]]
    return max(sorted(set(folders)), key=folders.count) if folders else None
