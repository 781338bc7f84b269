"""Gives each run a folder of its own, and says what is wrong where that cannot be."""

import itertools
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
