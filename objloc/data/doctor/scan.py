"""Reads every picture of a dataset once, in threads, and keeps what the checks need."""

import hashlib
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError

from objloc.cores import usable_cores
from objloc.data.doctor.perceptual_hash import THUMBNAIL_SIDE, perceptual_hash
from objloc.data.doctor.picture_facts import PictureFacts, PictureProblem
from objloc.data.files.picture import PictureHeader, picture_header, read_picture
from objloc.data.files.printable import printable
from objloc.errors import DataError
from objloc.progress import progress

_WAITING_PER_THREAD = 4
_ROWS = 64  # rows of a picture that are compared at a time


@dataclass(frozen=True)
class _Fact:
    """The row of one picture."""

    problem: PictureProblem | None = None
    header: PictureHeader | None = None
    digest: bytes = b""
    grey: bool = False
    hash: int = 0
    thumbnail: UInt8[np.ndarray, "16 16"] | None = None


def scan_pictures(paths: Sequence[Path], threads: int | None = None) -> PictureFacts:
    """Decodes each picture once; nothing stops it, and no picture is kept.

    Args:
        paths: the picture files.
        threads: how many decode at a time (decoders let other threads run); None for one a CPU.
    """
    count = len(paths)
    problems: dict[int, PictureProblem] = {}
    sizes, stored_sizes = np.zeros((2, count, 2), np.int32)
    orientations = np.zeros(count, np.int8)
    modes, digests = [""] * count, [b""] * count
    grey = np.zeros(count, bool)
    hashes = np.zeros(count, np.uint64)
    thumbnails = np.zeros((count, THUMBNAIL_SIDE, THUMBNAIL_SIDE), np.uint8)
    facts = progress(_facts(paths, threads or usable_cores()), "reading pictures", total=count)
    for index, fact in enumerate(facts):
        digests[index] = fact.digest
        if fact.header is not None:
            sizes[index], stored_sizes[index] = fact.header.size, fact.header.stored_size
            orientations[index] = fact.header.orientation
            modes[index] = fact.header.mode
        if fact.problem is not None:
            problems[index] = fact.problem
        if fact.thumbnail is not None:
            grey[index], hashes[index] = fact.grey, fact.hash
            thumbnails[index] = fact.thumbnail
    readable = np.ones(count, bool)
    readable[list(problems)] = False
    return PictureFacts(
        readable=readable,
        problems=problems,
        sizes=sizes,
        stored_sizes=stored_sizes,
        orientations=orientations,
        modes=modes,
        grey=grey,
        digests=digests,
        hashes=hashes,
        thumbnails=thumbnails,
    )


def _facts(paths: Sequence[Path], threads: int) -> Iterator[_Fact]:
    """The rows in order; a few pictures are in memory at a time, however many there are."""
    waiting: deque[Future[_Fact]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for path in paths:
            waiting.append(pool.submit(_fact, path))
            if len(waiting) >= threads * _WAITING_PER_THREAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _fact(path: Path) -> _Fact:
    try:
        # A named pipe would be waited for forever.
        if not stat.S_ISREG(path.stat().st_mode):
            return _Fact(PictureProblem("picture_unreadable", "not a file"))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, _short_hash).digest()
    except FileNotFoundError:
        return _Fact(PictureProblem("picture_missing", "there is no such file"))
    except (OSError, ValueError) as error:  # a loop of links, no permission; a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else None
        return _Fact(PictureProblem("picture_unreadable", (reason or str(error)).lower()))
    header = None
    try:
        header = picture_header(path)
        image = read_picture(path)
    except Exception as error:  # any: a decoder that trips over a damaged file is a finding, too
        return _Fact(_problem(path, error), header, digest)
    bits, thumbnail = perceptual_hash(image)
    return _Fact(None, header, digest, _is_grey(image), int(bits), thumbnail)


def _short_hash() -> "hashlib.blake2b":
    return hashlib.blake2b(digest_size=16)


def _problem(path: Path, error: Exception) -> PictureProblem:
    """What is wrong, in words."""
    if not isinstance(error, DataError):
        reason = f"its decoder failed ({type(error).__name__}: {error})"
        return PictureProblem("picture_truncated", reason)
    reason = str(error).removeprefix(f"{printable(path)}: ")
    if isinstance(error.__cause__, UnidentifiedImageError | Image.DecompressionBombError):
        return PictureProblem("picture_unreadable", reason)
    # It begins as a picture: the file ends early, or is damaged further down.
    return PictureProblem("picture_truncated", reason)


def _is_grey(image: UInt8[np.ndarray, "height width 3"]) -> bool:
    """Row by row, so that most pictures of colour are known after the first few rows."""
    for top in range(0, len(image), _ROWS):
        rows = image[top : top + _ROWS]
        if not (
            np.array_equal(rows[..., 0], rows[..., 1])
            and np.array_equal(rows[..., 1], rows[..., 2])
        ):
            return False
    return True
