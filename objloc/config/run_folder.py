"""Gives each run a folder of its own, and says what is wrong where that cannot be."""

import itertools
import os
from pathlib import Path

from objloc.errors import ConfigError


def reserve_run_folder(wanted: str | Path) -> Path:
    """Create a new folder at `wanted`, or at `wanted-2`, `wanted-3`, … where it is taken.

    Two runs that start in the same second thus never write into one folder.

    Raises:
        ConfigError: the folder cannot be created there.
    """
    wanted = Path(wanted).absolute()
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
    except OSError as error:
        raise ConfigError(
            f"output_root={wanted.parent}: no run folder can be created there "
            f"({error.strerror}); make it writable or choose another: output_root=FOLDER"
        ) from error
    raise AssertionError("itertools.count ended")


def make_output_folder(folder: Path) -> Path:
    """Make the folder that `output=…` names, where it is not there already.

    Raises:
        ConfigError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"output={folder}: the folder cannot be made ({error.strerror})"
        ) from error
    return folder


def planned_folder(output: str | None, usual: Path, pictures: Path | None) -> Path:
    """Where results will go, checked; nothing is made yet.

    Args:
        output: the folder that the user names, or None.
        usual: where results go otherwise.
        pictures: a folder of the user's, into which nothing may be written; None for none.

    Raises:
        ConfigError: it is inside the user's pictures, or taken.
    """
    folder = usual if output is None else Path(output)
    if pictures is not None and folder.resolve().is_relative_to(pictures.resolve()):
        raise ConfigError(
            f"the results would go to {folder}, inside the source's folder {pictures}, where "
            "nothing is written; choose another: output=FOLDER"
        )
    if output is not None and (folder.is_file() or (folder.is_dir() and os.listdir(folder))):
        raise ConfigError(
            f"output={folder} is there already and not empty; nothing is overwritten: choose "
            "another folder, or remove it"
        )
    return folder


def make_planned_folder(output: str | None, folder: Path) -> Path:
    """Make a folder that was planned; one that the user didn't name gets a name that is free.

    Raises:
        ConfigError: it cannot be made.
    """
    return reserve_run_folder(folder) if output is None else make_output_folder(folder)
