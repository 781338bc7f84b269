"""Decodes COCO JSON: of a well-formed file only what is asked for, and fast.

msgspec decodes into given types and passes over the rest (outlines above all) without making
objects of it. The file is mapped, not read. A file that the types do not fit (a string for a
number, NaN, a box that is missing) is read again by `coco_json_lenient`, entry by entry.
"""

import mmap
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from jaxtyping import Float64, Int64

from objloc.data.formats.coco_file import CocoFile, whole_sizes
from objloc.data.formats.coco_json_lenient import read_leniently
from objloc.errors import DataError

_BOM = b"\xef\xbb\xbf"


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
    area: float | None = None
    iscrowd: int | bool | None = None
    ignore: int | bool | None = None


class _Category(msgspec.Struct, gc=False):
    id: int
    name: str
    supercategory: str | None = None


class _UnfitError(Exception):
    """The content is no number that fits into a column."""


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
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise DataError(f"{path}: the file is empty; export the labels again")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                try:
                    return _typed(content)
                except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError, _UnfitError):
                    pass
            # Outside of the handler, which would keep what was decoded so far alive.
            return read_leniently(path, name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path}: the file cannot be read ({reason})") from error


def _typed(content: mmap.mmap) -> CocoFile:
    """The columns of a file that is as COCO's own are.

    Raises:
        msgspec.MsgspecError, UnicodeDecodeError, OverflowError, _UnfitError: it is not.
    """
    with memoryview(content) as view, view[len(_BOM) * (content[:3] == _BOM) :] as text:
        sections = msgspec.json.decode(text, type=_Sections)
        # One section after the other: the objects of one are gone before the next is decoded.
        columns = {
            **_annotations(sections.annotations),
            **_images(sections.images),
            **_categories(sections.categories),
        }
        del sections  # it keeps the file mapped
    return CocoFile(**columns)


def _annotations(section: msgspec.Raw) -> dict[str, Any]:
    entries = msgspec.json.decode(section, type=list[_Annotation])
    count = len(entries)
    bboxes = np.fromiter((side for entry in entries for side in entry.bbox), np.float64, 4 * count)
    if not np.isfinite(bboxes).all():
        raise _UnfitError
    area = (np.nan if entry.area is None else entry.area for entry in entries)
    crowd = (bool(entry.iscrowd or entry.ignore) for entry in entries)
    return {
        "ids": _whole([entry.id for entry in entries]),
        "of_image": _whole([entry.image_id for entry in entries]),
        "of_category": _whole([entry.category_id for entry in entries]),
        "bboxes": bboxes.reshape(-1, 4),
        "area": np.fromiter(area, np.float64, count),
        "crowd": np.fromiter(crowd, np.bool_, count),
    }


def _images(section: msgspec.Raw) -> dict[str, Any]:
    entries = msgspec.json.decode(section, type=list[_Image])
    sizes: Float64[np.ndarray, "i 2"] = np.array(
        [(entry.height or 0, entry.width or 0) for entry in entries], np.float64
    ).reshape(-1, 2)
    return {
        "image_ids": _whole([entry.id for entry in entries]),
        "file_names": [entry.file_name for entry in entries],
        "sizes": whole_sizes(sizes),
    }


def _categories(section: msgspec.Raw) -> dict[str, Any]:
    entries = msgspec.json.decode(section, type=list[_Category])
    return {
        "category_ids": _whole([entry.id for entry in entries]),
        "category_names": [entry.name for entry in entries],
        "parents": [entry.supercategory or "" for entry in entries],
    }


def _whole(numbers: list[int]) -> Int64[np.ndarray, " n"]:
    return np.fromiter(numbers, np.int64, len(numbers))
