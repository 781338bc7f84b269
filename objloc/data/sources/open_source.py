"""What a person means by a source: a picture, a folder, a pattern, a list, a video, a camera."""

import glob
import os
from pathlib import Path

from objloc.data.files.printable import printable
from objloc.data.sources.film import VIDEO_SUFFIXES, Film
from objloc.data.sources.picture_files import (
    one_picture,
    pictures_in_folder,
    pictures_of_list,
    pictures_of_pattern,
)
from objloc.data.sources.picture_source import PictureSource
from objloc.errors import DataError


def open_source(
    source: str | int, *, threads: int = 1, every: int = 1, frames: int | None = None
) -> PictureSource:
    """Finds the pictures; none is decoded yet.

    A file or folder of exactly this name goes before a pattern, so that names with brackets work.

    Args:
        source: a picture, a folder, a glob, a `.txt` file with a path on each line, a video, or
            the number of a camera.
        threads: how many picture files may be decoded at the same time.
        every: of a film, look at every so manieth frame.
        frames: of a film, look at so many frames at most; None for all.

    Raises:
        DataError: there is no such thing, or no picture in it.
    """
    if isinstance(source, int):
        return Film(source, every, frames)
    path = Path(source).expanduser()
    if path.is_dir():
        return pictures_in_folder(path, threads)
    if os.path.lexists(path):
        suffix = path.suffix.lower()
        if suffix in VIDEO_SUFFIXES:
            return Film(path, every, frames)
        return pictures_of_list(path, threads) if suffix == ".txt" else one_picture(path, threads)
    if glob.has_magic(source):
        return pictures_of_pattern(str(path), threads)
    raise DataError(
        f"source={printable(source)}: there is no such file or folder; give a picture, a folder, "
        "a pattern such as 'photos/**/*.jpg', a .txt file with a path on each line, a video, or "
        "the number of a camera"
    )
