"""Which picture files are copies of each other, whatever they are called."""

from collections import Counter
from collections.abc import Hashable, Sequence
from pathlib import Path

from objloc.data.files.content_digest import content_digests


def content_keys(paths: Sequence[Path]) -> list[Hashable]:
    """A key for each file; two are equal where the files' bytes are.

    Only files of a length that occurs more than once are read. A file that cannot be read is like
    no other.
    """
    lengths = [_length(path) for path in paths]
    counts = Counter(lengths)
    doubtful = [i for i, length in enumerate(lengths) if counts[length] > 1]
    keys: list[Hashable] = list(lengths)
    for i, digest in zip(doubtful, content_digests([paths[i] for i in doubtful]), strict=True):
        keys[i] = digest if digest is not None else (paths[i],)
    return keys


def copies_among(paths: Sequence[Path], originals: Sequence[Path]) -> list[Path]:
    """Those of `paths` that hold the same picture as one of `originals`, or are it."""
    keys = content_keys([*originals, *paths])
    known = set(keys[: len(originals)])
    return [path for path, key in zip(paths, keys[len(originals) :], strict=True) if key in known]


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):  # a name that no file can have
        return -1
