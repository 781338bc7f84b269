"""What tells a file from every other one."""

import hashlib
from pathlib import Path


def file_digest(file: Path) -> bytes:
    """The SHA-256 of a file's bytes, read piece by piece.

    Raises:
        OSError: it cannot be read.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
