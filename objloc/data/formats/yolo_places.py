"""Finds the folders and pictures that a YOLO set names, however foreign the path is."""

import os
import re
from dataclasses import dataclass

_SEPARATORS = re.compile(r"[\\/]+")
_DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True)
class Found:
    """Where a written path leads.

    Attributes:
        path: an absolute path that exists.
        tail: the part of the written path that was used, where it was not all of it; else "".
    """

    path: str
    tail: str = ""


def resolve(written: str, bases: list[str]) -> Found | None:
    """The folder or file that is meant by a path in data.yaml.

    In turn: the path as it is written, absolute or below one of the bases; for `../train/images`,
    the same without the dots (Roboflow writes it so, and means the folder of data.yaml), which goes
    first where both exist; and else the longest end of the path that exists, which for a path from
    another machine may be a single name.

    Args:
        written: with slashes or backslashes, perhaps with a drive.
        bases: absolute folders, the likeliest first.
    """
    parts = split_path(written)
    inside = [part for part in parts if part != ".."]
    if not inside:
        return None if is_foreign(written) else _first(bases, parts)
    if not os.path.isabs(written) and parts[0] == "..":
        found = _first(bases, inside)
        if found is not None:
            outside = _first(bases, parts)
            return Found(found.path, "/".join(inside) if outside is not None else "")
    if os.path.isabs(written) and os.path.exists(written):
        return Found(os.path.normpath(written))
    if not is_foreign(written):
        found = _first(bases, parts)
        if found is not None:
            return found
    for start in range(len(inside)):
        found = _first(bases, inside[start:])
        if found is not None and (is_foreign(written) or _is_safe(inside, start, bases)):
            return Found(found.path, "/".join(inside[start:]))
    return None


def is_foreign(written: str) -> bool:
    """True for an absolute path, of this system or of Windows."""
    return written.startswith(("/", "\\")) or _DRIVE.match(written) is not None


def split_path(written: str) -> list[str]:
    """The names that a path is made of, without its drive and `.`."""
    return [part for part in _SEPARATORS.split(_DRIVE.sub("", written)) if part not in ("", ".")]


def _is_safe(parts: list[str], start: int, bases: list[str]) -> bool:
    """True if the end of a relative path is surely what is meant: `valid/images` that is not there
    is not `images`, but `data/images` (CVAT) is, and `cells/images` in a folder `cells`.
    """
    dropped = parts[:start]
    return len(parts) - start > 1 or dropped[-1] in {"data", *map(os.path.basename, bases)}


def _first(bases: list[str], parts: list[str]) -> Found | None:
    for base in bases:
        path = os.path.normpath(os.path.join(base, *parts))
        if os.path.exists(path):
            return Found(path)
    return None
