"""Decodes COCO JSON: of a well-formed file only what is asked for, and fast.

msgspec decodes into given types and passes over the rest (outlines above all) without making
objects of it. The file is mapped, not read. A file that the types do not fit (a string for a
number, NaN, a box that is missing) is read again by `coco_json_lenient`, entry by entry.
"""

import math
import mmap
import re
from collections.abc import Sequence
from functools import partial
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from jaxtyping import Float64, Int64

from objloc.data.formats.coco_file import CocoFile, whole_sizes
from objloc.data.formats.coco_json_lenient import cut_off, read_leniently
from objloc.errors import DataError

_BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile(rb"\\u[dD][89abAB]")
_TAIL = 64  # bytes: more than the blanks that end a file


class _Sections(msgspec.Struct):
    images: msgspec.Raw
    annotations: msgspec.Raw
    categories: msgspec.Raw


# gc=False: these hold no references to each other, and a million of them are not worth a walk.
class _Image(msgspec.Struct, gc=False):
    id: int
    file_name: str
    height: float | None = None
    width: float | None = None


class _Annotation(msgspec.Struct, gc=False):
    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    area: float = math.nan
    iscrowd: int = 0
    ignore: int = 0


class _Category(msgspec.Struct, gc=False):
    id: int
    name: str
    supercategory: str | None = None


class _UnfitError(Exception):
    """The content is no number that fits into a column."""


class _CutOffError(Exception):
    """The content ends too early."""


def read_coco_json(path: Path, name: str) -> CocoFile:
    """What a COCO file says.

    Args:
        path: the file.
        name: what findings call it.

    Raises:
        NotCocoError: it is JSON, but no set of labelled pictures.
        DataError: it cannot be opened, is empty, cut off, or no JSON.
    """
    try:
        if path.stat().st_size == 0:
            raise DataError(f"{path}: the file is empty; export the labels again")
        truncated = False
        try:
            return _typed(path)
        except _CutOffError:
            truncated = True
        except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError, _UnfitError):
            pass
        # Outside of the handler, which would keep what was decoded so far alive.
        _check_end(path, truncated)
        return read_leniently(path, name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path}: the file cannot be read ({reason})") from error


def _check_end(path: Path, truncated: bool) -> None:
    """Tells of a file that was cut off before all of what is left is made into objects.

    Args:
        path: the file, which is not empty.
        truncated: the decoder says so.

    Raises:
        DataError: it was cut off.
    """
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read().rstrip(b" \t\r\n\0")  # zeros: half of UTF-16's letters
        whole = start[:1] not in (b"{", b"[") or tail[-1:] in (b"}", b"]")
        # The decoder waits for a surrogate's other half until the file ends.
        if whole and (not truncated or _SURROGATE.search(tail)):
            return
        file.seek(0)
        lines, last = 1, 0
        for block in iter(partial(file.read, 2**20), b""):
            lines += block.count(b"\n")
            newline = block.rfind(b"\n")
            last = last + len(block) if newline < 0 else len(block) - 1 - newline
    raise DataError(f"{path}: {cut_off(lines, last + 1, path.stat().st_size)}")


def _typed(path: Path) -> CocoFile:
    """The columns of a file that is as COCO's own are.

    Raises:
        _CutOffError: it ends too early.
        msgspec.MsgspecError, UnicodeDecodeError, OverflowError, _UnfitError: it is not.
    """
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    # Neither is closed by hand: the sections point into the file as long as one of them is there.
    text = memoryview(content)[len(_BOM) * (content[:3] == _BOM) :]
    try:
        sections = msgspec.json.decode(text, type=_Sections)
    except msgspec.DecodeError as error:
        if "truncated" in str(error):
            raise _CutOffError from error
        raise
    # One section after the other: the objects of one are gone before the next is decoded.
    return CocoFile(
        **_annotations(sections.annotations),
        **_images(sections.images),
        **_categories(sections.categories),
    )


def _annotations(section: msgspec.Raw) -> dict[str, Any]:
    entries = msgspec.json.decode(section, type=list[_Annotation])
    count = len(entries)
    sides = chain.from_iterable(map(attrgetter("bbox"), entries))
    bboxes = np.fromiter(sides, np.float64, 4 * count)
    if not np.isfinite(bboxes).all():
        raise _UnfitError
    return {
        "ids": _whole(entries, "id"),
        "of_image": _whole(entries, "image_id"),
        "of_category": _whole(entries, "category_id"),
        "bboxes": bboxes.reshape(-1, 4),
        "area": np.fromiter(map(attrgetter("area"), entries), np.float64, count),
        "crowd": _whole(entries, "iscrowd") | _whole(entries, "ignore") > 0,
    }


def _images(section: msgspec.Raw) -> dict[str, Any]:
    entries = msgspec.json.decode(section, type=list[_Image])
    sizes: Float64[np.ndarray, "i 2"] = np.array(
        [(entry.height or 0, entry.width or 0) for entry in entries], np.float64
    ).reshape(-1, 2)
    return {
        "image_ids": _whole(entries, "id"),
        "file_names": [entry.file_name for entry in entries],
        "sizes": whole_sizes(sizes),
    }


def _categories(section: msgspec.Raw) -> dict[str, Any]:
    entries = msgspec.json.decode(section, type=list[_Category])
    return {
        "category_ids": _whole(entries, "id"),
        "category_names": [entry.name for entry in entries],
        "parents": [entry.supercategory or "" for entry in entries],
    }


def _whole(entries: Sequence[msgspec.Struct], field: str) -> Int64[np.ndarray, " n"]:
    return np.fromiter(map(attrgetter(field), entries), np.int64, len(entries))
