"""Names for the pictures of a set, no two of them alike."""

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePath

from objloc.data.formats.picture_index import alike


class FileNames:
    """Gives each picture the name it wants, or that name with a number.

    Two pictures may not even share the name without its ending (`a.jpg`, `a.png`), as their labels
    would be one file; and not differ in case, in the way accents are encoded or in `%20` for a
    space alone, as some file systems and readers don't tell that apart.
    The answer depends on the wanted names and their order alone.

    Args:
        reserved: names without ending that no picture may have.
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = {alike(name) for name in reserved}
        self._last_number: dict[str, int] = {}

    def unique(self, wanted: str) -> str:
        """The name to use for a picture that wants the file name `wanted`."""
        readable = readable_name(wanted)
        stem, ending = PurePath(readable).stem, PurePath(readable).suffix
        name = stem
        number = self._last_number.get(alike(stem), 1)
        while alike(name) in self._taken:
            number += 1
            name = f"{stem}-{number}"
        if name != stem:
            self._last_number[alike(stem)] = number
        self._taken.add(alike(name))
        return f"{name}{ending}"


def readable_name(name: str) -> str:
    """The name with `_` for what XML, a list of files or a YAML file cannot hold.

    That is bytes that are no UTF-8, control characters, backslashes (to Windows they are slashes),
    spaces at either end, and the dot that hides a file from readers.
    """
    text = os.fsencode(name).decode("utf-8", errors="replace").replace("\\", "_")
    return re.sub(r"^[\s.]|\s$", "_", "".join("_" if is_control(char) else char for char in text))


def is_control(char: str) -> bool:
    """True for a character that means something to a file's format instead of being text.

    Control characters, lone surrogates, line and paragraph separators; what stands for bytes that
    could not be read; the two code points that XML forbids.
    """
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in "\ufffd\ufffe\uffff"
