"""Picture files: one, those of a folder, those that a pattern finds, those that a list names."""

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from objloc.data.files.picture import read_picture
from objloc.data.files.printable import printable
from objloc.data.formats.folders import Folders, is_picture
from objloc.data.sources.source_picture import SourcePicture
from objloc.errors import DataError


@dataclass(frozen=True)
class PictureFiles:
    """Files below a folder; see `PictureSource`.

    Attributes:
        names: their paths from `root`, with slashes.
    """

    name: str
    place: str
    root: Path
    own_folder: Path | None
    names: Sequence[str]
    threads: int

    @property
    def total(self) -> int:
        """The number of files."""
        return len(self.names)

    def reads(self) -> Iterator[Callable[[], SourcePicture]]:
        """Calls that decode one picture each; one that cannot be read says so as its problem."""
        return (partial(_read, self.root, name) for name in self.names)

    def close(self) -> None:
        """Nothing is held open."""


def pictures_in_folder(folder: Path, threads: int) -> PictureFiles:
    """All pictures in a folder and below, sorted by their paths; links in a circle end nothing.

    Raises:
        DataError: there is none, or a folder cannot be listed.
    """
    root = os.path.abspath(folder)
    folders = Folders()
    paths = [
        os.path.join(below, name)
        for below in folders.walk(root)
        for name in folders.pictures(below)
    ]
    if not paths:
        raise DataError(
            f"source={printable(folder)}: no picture in this folder or below it; pictures are "
            "known by their endings (.jpg, .png, …)"
        )
    names = sorted(os.path.relpath(path, root).replace(os.sep, "/") for path in paths)
    path = Path(root)
    return PictureFiles(path.name or "root", root, path, path, names, threads)


def pictures_of_pattern(pattern: str, threads: int) -> PictureFiles:
    """The pictures that a glob finds (`**` goes into all folders below), sorted by their paths.

    Raises:
        DataError: it finds no picture.
    """
    found = [path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path)]
    pictures = [path for path in found if is_picture(path)]
    if not pictures:
        rest = f"; it finds {len(found)} files with other endings" if found else ""
        raise DataError(f"source={printable(pattern)}: the pattern finds no picture{rest}")
    return _files("pictures", pattern, pictures, threads, in_order=False)


def pictures_of_list(file: Path, threads: int) -> PictureFiles:
    """The pictures that a text file names, one on a line, in its order.

    Paths are relative to the list's folder, or, where nothing is there, to the current one.

    Raises:
        DataError: it names none, or cannot be read.
    """
    try:
        # As bytes: the names of files need not be text.
        content = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise DataError(f"source={printable(file)}: cannot be read ({error.strerror})") from error
    entries = [os.fsdecode(line.strip()) for line in content.splitlines() if line.strip()]
    if not entries:
        raise DataError(f"source={printable(file)}: this list of pictures is empty")
    if "\0" in "".join(entries):
        raise DataError(f"source={printable(file)}: this is no list of pictures, one on a line")
    folder = os.path.dirname(os.path.abspath(file))
    beside = [os.path.join(folder, entry) for entry in entries]
    paths = [
        path if os.path.exists(path) or not os.path.exists(entry) else entry
        for path, entry in zip(beside, entries, strict=True)
    ]
    return _files(file.stem, str(file), paths, threads, in_order=True)


def one_picture(file: Path, threads: int) -> PictureFiles:
    """A single file, whatever its name ends with."""
    return _files(file.stem, str(file), [str(file)], threads, in_order=True)


def _files(
    name: str, place: str, paths: Sequence[str], threads: int, *, in_order: bool
) -> PictureFiles:
    """The files at these paths, their names relative to the deepest folder that holds all."""
    absolute = list(dict.fromkeys(os.path.abspath(path) for path in paths))
    root = os.path.commonpath([os.path.dirname(path) for path in absolute])
    names = [os.path.relpath(path, root).replace(os.sep, "/") for path in absolute]
    names = names if in_order else sorted(names)
    return PictureFiles(name, os.path.abspath(place), Path(root), None, names, threads)


def _read(root: Path, name: str) -> SourcePicture:
    try:
        return SourcePicture(name, read_picture(root / name))
    except DataError as error:
        # The reason alone: whoever reports it names the file.
        reason = str(error).removeprefix(f"{printable(root / name)}: ")
        return SourcePicture(name, None, reason)
