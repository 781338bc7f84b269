"""Folders and their files, each folder listed once and no file looked at."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from objloc.data.files.picture import SUFFIXES
from objloc.errors import DataError


@dataclass
class Folders:
    """Listings that are read when they are asked for, and kept.

    Paths are absolute strings; names that are no UTF-8 keep their bytes as Python's surrogates.
    Hidden files and what the archiver of macOS adds are passed over.
    """

    _listings: dict[str, tuple[list[str], list[str], frozenset[str]]] = field(default_factory=dict)

    def files(self, folder: str) -> list[str]:
        """Names of the folder's files, sorted; none where there is no such folder."""
        return self._listing(folder)[0]

    def folders(self, folder: str) -> list[str]:
        """Names of the folders in it, sorted."""
        return self._listing(folder)[1]

    def pictures(self, folder: str) -> list[str]:
        """Names of the folder's files that end as pictures do, sorted."""
        return [name for name in self.files(folder) if is_picture(name)]

    def walk(self, folder: str) -> Iterator[str]:
        """The folder and all below it, sorted, along symbolic links but never in a circle."""
        linked = {os.path.realpath(folder)}
        waiting = [folder]
        while waiting:
            current = waiting.pop()
            yield current
            _, names, links = self._listing(current)
            for name in reversed(names):
                below = os.path.join(current, name)
                if name not in links or self._may_follow(current, below, linked):
                    waiting.append(below)

    def _may_follow(self, folder: str, link: str, linked: set[str]) -> bool:
        """True for a link to a folder that is not around it and that no link has led to before."""
        target = os.path.realpath(link)
        around = os.path.realpath(folder)
        if target in linked or f"{around}{os.sep}".startswith(f"{target.rstrip(os.sep)}{os.sep}"):
            return False
        linked.add(target)
        return True

    def _listing(self, folder: str) -> tuple[list[str], list[str], frozenset[str]]:
        if folder not in self._listings:
            self._listings[folder] = _list(folder)
        return self._listings[folder]


def is_picture(name: str) -> bool:
    """True if the name ends as a picture's does, in small letters or capitals."""
    return os.path.splitext(name)[1].lower() in SUFFIXES


def without_suffix(name: str) -> str:
    """The name without a picture's ending; any other ending is taken for a part of the name."""
    return os.path.splitext(name)[0] if is_picture(name) else name


def relative_to(root: str, folder: str, name: str) -> str:
    """The file's path from `root`, with slashes on every system."""
    inside = relative_folder(root, folder)
    return name if inside == "." else f"{inside}/{name}"


@lru_cache(maxsize=4096)
def relative_folder(root: str, folder: str) -> str:
    """The folder's path from `root`, with slashes on every system; "." for `root` itself."""
    return os.path.relpath(folder, root).replace(os.sep, "/")


def _list(folder: str) -> tuple[list[str], list[str], frozenset[str]]:
    """Names of files, names of folders, and which of the folders are links."""
    files, folders, links = [], [], set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name == "__MACOSX":
                    continue
                if not _is_folder(entry):
                    files.append(entry.name)
                    continue
                folders.append(entry.name)
                if entry.is_symlink():
                    links.add(entry.name)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # or a name that no folder can have
        pass
    except OSError as error:
        raise DataError(
            f"{folder}: the folder cannot be listed ({error.strerror}); make it readable"
        ) from error
    return sorted(files), sorted(folders), frozenset(links)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: whoever opens it will say so
        return False
