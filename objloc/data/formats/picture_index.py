"""Finds a picture by the name that a label gives it, which is often not quite the file's."""

import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from objloc.data.formats.folders import without_suffix


class PictureIndex:
    """The pictures of one folder, by their names and by what names are mistaken for.

    Args:
        names: file names.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = sorted(names)
        self._exact = frozenset(self.names)
        self._alike: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        for name in self.names:
            self._alike.setdefault(alike(name), name)
            self._stems.setdefault(alike(without_suffix(name)), name)

    def named(self, name: str) -> str | None:
        """The file of exactly this name."""
        return name if name in self._exact else None

    def named_alike(self, name: str) -> str | None:
        """The file whose name differs in case, percent-encoding or Unicode's composition alone."""
        return self._alike.get(alike(name))

    def with_stem(self, name: str) -> str | None:
        """The file whose name differs in no more than that and in the suffix."""
        return self._stems.get(alike(without_suffix(name)))


def find_picture(folders: Sequence[tuple[str, PictureIndex]], name: str) -> tuple[str, str] | None:
    """Folder and name of the picture: the best match, in the first folder that has it."""
    if not name:
        return None
    for rule in (PictureIndex.named, PictureIndex.named_alike, PictureIndex.with_stem):
        for folder, index in folders:
            found = rule(index, name)
            if found is not None:
                return folder, found
    return None


def alike(name: str) -> str:
    """What is the same for names that mean the same file: `A%20(1).JPG` and `a (1).jpg`."""
    if "%" in name:
        name = unquote(name)
    return name.casefold() if name.isascii() else unicodedata.normalize("NFC", name).casefold()
