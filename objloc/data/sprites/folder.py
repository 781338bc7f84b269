"""Finds the classes and sprite files of a folder."""

import unicodedata
from pathlib import Path

from objloc.data.sprites.pictures import OPAQUE_SUFFIXES, SPRITE_SUFFIXES
from objloc.errors import DataError


def find_sprite_files(folder: Path) -> dict[str, list[Path]]:
    """The sprite files of each class, classes and files in alphabetical order.

    `folder/cat.png` is the class `cat` with one sprite; `folder/cat/*.png` is the class `cat` with
    as many as there are, in folders below it too. Kinds of file may be mixed. Hidden files and
    files that are no pictures are passed over.

    Names clash, which is an error, where two entries would give the same class: `cat.png` and
    `cat.svg`, `cat.png` and `cat/`, and also `Cat.png` and `cat.png`, which some file systems hold
    to be one.

    Raises:
        DataError: the folder is missing or holds no sprites, a class folder is empty, a picture
            cannot hold transparency, or names clash.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such sprite folder")
    found: dict[str, list[Path]] = {}
    entry_of: dict[str, Path] = {}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            name, files = entry.name, _sprite_files(entry)
            if not files:
                raise DataError(
                    f"{entry}: the class folder holds no sprites; put "
                    f"{_suffixes()} files there or remove it"
                )
        elif _is_sprite(entry):
            name, files = entry.stem, [entry]
        else:
            continue
        key = unicodedata.normalize("NFC", name).casefold()
        if key in entry_of:
            raise DataError(
                f"{folder}: '{entry_of[key].name}' and '{entry.name}' both name the class "
                f"'{name}'; rename one, or put all pictures of the class into one folder '{name}/'"
            )
        entry_of[key] = entry
        found[name] = files
    if not found:
        raise DataError(
            f"{folder}: the folder holds no sprites; put {_suffixes()} files there, as "
            "class.png or class/anything.png"
        )
    return dict(sorted(found.items()))


def _sprite_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_sprite(path)]


def _is_sprite(path: Path) -> bool:
    suffix = path.suffix.lower()
    if path.name.startswith("."):
        return False
    if suffix in OPAQUE_SUFFIXES:
        raise DataError(
            f"{path}: a {suffix} picture has no alpha channel, so where the sprite ends is "
            "unknown; save it as PNG or WebP with a transparent background"
        )
    return suffix in SPRITE_SUFFIXES


def _suffixes() -> str:
    return ", ".join(sorted(SPRITE_SUFFIXES))
