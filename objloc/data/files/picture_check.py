"""Whether the picture files that labels speak of are there, whole, and of the size they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int8, Int32

from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding
from objloc.data.files.picture import PictureHeader, picture_header, read_picture
from objloc.data.files.printable import printable
from objloc.data.thread_map import thread_map
from objloc.errors import DataError

_TAIL = 1024  # bytes; cameras and editors put some of their own behind a JPEG's end
_SKIP = "set dataset.invalid_pictures=skip"


@dataclass(frozen=True)
class PictureCheck:
    """What the headers of I pictures say.

    Attributes:
        usable: (I,) there, readable, whole, and of the size that the label says.
        sizes: (I, 2) height and width upright; 0 where unreadable.
        stored_sizes: (I, 2) height and width as stored; 0 where unreadable.
        orientations: (I,) EXIF's, 1 to 8.
        modes: Pillow's name for the kind of pixels; "" where unreadable.
        findings: what is wrong with those that are not usable.
    """

    usable: Bool[np.ndarray, " i"]
    sizes: Int32[np.ndarray, "i 2"]
    stored_sizes: Int32[np.ndarray, "i 2"]
    orientations: Int8[np.ndarray, " i"]
    modes: tuple[str, ...]
    findings: tuple[Finding, ...]

    def turned(self, label_sizes: Int32[np.ndarray, "i 2"]) -> Bool[np.ndarray, " i"]:
        """Which pictures' labels speak of the picture as stored, not upright."""
        as_stored = (label_sizes == self.stored_sizes).all(axis=1)
        upright = (label_sizes == self.sizes).all(axis=1)
        return as_stored & ~upright


def check_pictures(annotations: Annotations) -> PictureCheck:
    """Reads every picture's header, and the end of the file; pixels only where that looks cut off.

    A picture that is damaged in the middle is not found: that takes decoding all of it.
    """
    paths = [annotations.path(image) for image in range(len(annotations))]
    looked = thread_map(_look, paths, "checking pictures")
    headers = [header for header, _, _ in looked]
    findings = [
        _finding(annotations, image, header, kind, reason)
        for image, (header, kind, reason) in enumerate(looked)
    ]
    return PictureCheck(
        usable=np.array([finding is None for finding in findings], bool),
        sizes=_sizes([h.size if h else (0, 0) for h in headers]),
        stored_sizes=_sizes([h.stored_size if h else (0, 0) for h in headers]),
        orientations=np.array([h.orientation if h else 1 for h in headers], np.int8),
        modes=tuple(h.mode if h else "" for h in headers),
        findings=tuple(finding for finding in findings if finding is not None),
    )


def seems_cut_off(path: Path) -> bool:
    """Whether a picture file lacks the mark that ends files of its kind.

    True for kinds that have none, such as TIFF: only decoding tells.
    """
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0, 2)
        length = file.tell()
        file.seek(max(0, length - _TAIL))
        tail = file.read()
    if head.startswith(b"\xff\xd8"):
        return b"\xff\xd9" not in tail
    if head.startswith(b"\x89PNG"):
        return b"IEND" not in tail
    if head.startswith(b"GIF8"):
        return not tail.rstrip(b"\0").endswith(b";")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return length < int.from_bytes(head[4:8], "little") + 8
    return True


def _look(path: Path) -> tuple[PictureHeader | None, str, str]:
    """A picture's header, the kind of finding ("" if all is well), and what is wrong."""
    try:
        header = picture_header(path)
    except DataError as error:
        reason = str(error).removeprefix(f"{printable(path)}: ")
        missing = isinstance(error.__cause__, FileNotFoundError)
        return None, "picture_missing" if missing else "picture_unreadable", reason
    try:
        if seems_cut_off(path):
            read_picture(path)
    except (DataError, OSError) as error:
        reason = str(error).removeprefix(f"{printable(path)}: ")
        return header, "picture_truncated", f"the picture is cut off: {reason}"
    return header, "", ""


def _finding(
    annotations: Annotations, image: int, header: PictureHeader | None, kind: str, reason: str
) -> Finding | None:
    file, label_file = annotations.files[image], annotations.label_files[image]
    # Where one file holds the labels of many pictures, its entry for this one.
    where = f"image {annotations.image_ids[image]}" if annotations.ref_kind == "annotation" else ""
    if kind == "picture_missing":
        message, way_out = f"{file}: {reason}", f"put it there, or {_SKIP}"
        return Finding(kind, "error", label_file, message, way_out, where, (file,))
    if kind:
        way_out = f"replace the file, or {_SKIP}"
        return Finding(kind, "error", file, reason, way_out, files=(file,))
    assert header is not None
    height, width = (int(side) for side in annotations.sizes[image])
    if (height, width) in ((0, 0), header.size, header.stored_size):
        return None
    real = f"{header.size[1]} × {header.size[0]}"
    return Finding(
        kind="size_mismatch",
        severity="error",
        file=label_file,
        message=f"the label speaks of {width} × {height} px, but {file} has {real}",
        way_out=f"label the picture that is there, correct the size, or {_SKIP}",
        where=where,
        files=(file,),
    )


def _sizes(sizes: Sequence[tuple[int, int]]) -> Int32[np.ndarray, "i 2"]:
    return np.array(sizes, np.int32).reshape(-1, 2)
