"""What pictures are by their bytes, so that copies under other names are found to be the same."""

from collections.abc import Sequence
from pathlib import Path

from objloc.data.thread_map import thread_map
from objloc.file_digest import file_digest


def content_digests(paths: Sequence[Path]) -> list[bytes | None]:
    """The SHA-256 of each file; None for one that cannot be read."""
    return thread_map(_digest, paths, "comparing pictures")


def _digest(path: Path) -> bytes | None:
    try:
        return file_digest(path)
    except (OSError, ValueError):  # a name that no file can have
        return None
