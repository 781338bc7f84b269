"""Sizes of pictures that no label states, from the pictures' headers."""

from collections.abc import Sequence
from pathlib import Path

from objloc.data.files.finding import Finding
from objloc.data.files.picture import picture_header
from objloc.data.thread_map import thread_map
from objloc.errors import DataError


def read_sizes(root: Path, files: Sequence[str]) -> list[tuple[int, int] | Finding]:
    """Upright height and width of each picture, or what is wrong with it.

    Args:
        root: the dataset's folder.
        files: pictures, relative to it.
    """

    def size(file: str) -> tuple[int, int] | Finding:
        path = root / file
        try:
            return picture_header(path).size
        except DataError as error:
            missing = not path.exists()
            return Finding(
                "picture_missing" if missing else "picture_unreadable",
                "error",
                file,
                str(error).removeprefix(f"{path}: "),
                "bring the picture back, or remove its label"
                if missing
                else "replace the picture, or remove it with its label",
                files=(file,),
            )

    return thread_map(size, files)
