"""What pictures are by their bytes, so that copies under other names are found to be the same."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from objloc.progress import progress

_THREADS = 8
_CHUNK = 64  # files a task


def content_digests(paths: Sequence[Path]) -> list[bytes | None]:
    """The SHA-256 of each file; None for one that cannot be read."""
    chunks = [paths[first : first + _CHUNK] for first in range(0, len(paths), _CHUNK)]
    with ThreadPoolExecutor(_THREADS) as pool:
        answers = pool.map(lambda chunk: [_digest(path) for path in chunk], chunks)
        return [
            digest
            for chunk in progress(answers, "comparing pictures", total=len(chunks))
            for digest in chunk
        ]


def _digest(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return None
