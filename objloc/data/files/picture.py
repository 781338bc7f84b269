"""Picture files to upright RGB arrays: the one place where a picture is decoded."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_CUR, BufferedIOBase, BytesIO
from pathlib import Path
from typing import cast

import numpy as np
from jaxtyping import Float64, UInt8
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from objloc.data.files.jpeg_scans import MOST_SCANS, jpeg_scans
from objloc.data.files.printable import printable
from objloc.errors import DataError

SUFFIXES = frozenset(
    {".bmp", ".gif", ".jpeg", ".jpg", ".jp2", ".png", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}
)
"""Files with these endings (in any case) are taken for pictures where a folder is searched."""

UNREADABLE = (
    *(OSError, ValueError, SyntaxError, EOFError, struct.error, MemoryError),
    Image.DecompressionBombError,
)
"""What Pillow raises for files that it cannot make a picture of."""

_KINDS_OF_BYTES = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF")
"""What bytes may hold, a stranger's perhaps: for EPS, say, Pillow starts another program."""

_STRIP = 2**20
"""Pixels that are converted at a time: what lies between two modes needs little memory then."""

_ORIENTATION = 0x0112  # the EXIF tag
_TURNED = frozenset({5, 6, 7, 8})  # EXIF orientations that exchange height and width
_UNDONE_BY = {6: 8, 8: 6}  # the quarter turns; every other orientation undoes itself


@dataclass(frozen=True)
class PictureHeader:
    """What a picture file says before its pixels are decoded.

    Attributes:
        size: height and width in pixels, upright.
        stored_size: height and width as stored, before the EXIF orientation is applied.
        orientation: EXIF's, 1 (upright) to 8.
        mode: Pillow's name for the kind of pixels: "RGB", "L" (grey), "CMYK", "I;16", …
    """

    size: tuple[int, int]
    stored_size: tuple[int, int]
    orientation: int
    mode: str


@dataclass(frozen=True)
class DecodedPicture:
    """A picture, perhaps reduced, with what is needed to bring its boxes along.

    Attributes:
        image: upright RGB.
        header: what the file said before it was decoded.
        reduction: each pixel of `image` stands for `reduction` × `reduction` of the file's.
        reduced_as_stored: the pixels were put together before the picture was turned upright, so
            that where a side is no multiple of `reduction`, the pixel that stands for fewer may be
            the first of its row instead of the last.
    """

    image: UInt8[np.ndarray, "height width 3"]
    header: PictureHeader
    reduction: int = 1
    reduced_as_stored: bool = False

    def scaled(self, boxes: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, "n 4"]:
        """Boxes (xyxy) in pixels of the upright full-size picture → in pixels of `image`."""
        if self.reduction == 1:
            return boxes
        orientation = self.header.orientation
        if not self.reduced_as_stored or orientation == 1:
            return boxes / self.reduction
        stored = upright_boxes(boxes, self.header.size, _UNDONE_BY.get(orientation, orientation))
        height, width = self.image.shape[:2]
        reduced_size = (width, height) if orientation in _TURNED else (height, width)
        return upright_boxes(stored / self.reduction, reduced_size, orientation)


class TooManyPixelsError(DataError):
    """A picture is larger than it may be; none of its pixels was decoded."""


def picture_header(path: Path) -> PictureHeader:
    """Reads a picture's header, for a tenth of a millisecond; no pixel is decoded.

    Raises:
        DataError: it is no picture, or one of more than 178 million pixels.
    """
    try:
        with Image.open(path) as picture:
            return _header(picture)
    except UNREADABLE as error:
        raise DataError(f"{printable(path)}: {_reason(error)}") from error


def read_picture(
    source: Path | bytes, at_least: int | None = None, most_pixels: int | None = None
) -> UInt8[np.ndarray, "height width 3"]:
    """Decodes a picture of any kind to upright RGB.

    Grey and palette pictures become RGB, CMYK is converted, transparency is laid on white (as
    labelling tools show it), 16 bits become 8 (divided by 257), and EXIF's orientation is applied.

    Args:
        source: a file, or the bytes of one, which may be of the kinds of `SUFFIXES` or AVIF.
        at_least: the picture may be reduced by a whole number (a JPEG while it is decoded, which
            is much faster) as long as its shorter side keeps this many pixels; None for the full
            size.
        most_pixels: more than so many are not decoded; None for Pillow's limit.

    Raises:
        TooManyPixelsError: it has more than `most_pixels`, or than 178 million.
        DataError: it is no picture, is cut off, or is bytes of a JPEG with more than 100 scans.
    """
    return decode_picture(source, at_least, most_pixels).image


def decode_picture(
    source: Path | bytes, at_least: int | None = None, most_pixels: int | None = None
) -> DecodedPicture:
    """Does what `read_picture` does, and tells what is needed to bring boxes along."""
    name = printable(source) if isinstance(source, Path) else "picture"
    image, header, drafted = _decoded(source, name, at_least, most_pixels)
    if drafted > 1 or at_least is None:
        return DecodedPicture(_pixels(image), header, drafted, reduced_as_stored=True)
    factor = max(1, min(image.size) // at_least)
    return DecodedPicture(_pixels(image if factor == 1 else image.reduce(factor)), header, factor)


def rgb_picture(picture: Image.Image) -> UInt8[np.ndarray, "height width 3"]:
    """A picture that Pillow has opened or made, as `read_picture` would give it.

    Raises:
        DataError: it cannot be decoded, or is cut off.
    """
    try:
        return _pixels(_rgb(ImageOps.exif_transpose(picture)))
    except UNREADABLE as error:
        raise DataError(f"picture: {_reason(error)}") from error


def upright_boxes(
    boxes: Float64[np.ndarray, "n 4"], stored_size: tuple[int, int], orientation: int
) -> Float64[np.ndarray, "n 4"]:
    """Boxes (xyxy, pixels) of a picture as stored → of the same picture upright.

    Args:
        boxes: in pixels of the picture as stored.
        stored_size: its height and width.
        orientation: EXIF's (CIPA DC-008, tag 274), 1 to 8.
    """
    height, width = stored_size
    x1, y1, x2, y2 = boxes.T
    if orientation in _TURNED:  # transposed first, then mirrored as 1 to 4 are
        x1, y1, x2, y2 = y1, x1, y2, x2
        height, width, orientation = width, height, orientation - 4
    if orientation in (2, 3):
        x1, x2 = width - x2, width - x1
    if orientation in (3, 4):
        y1, y2 = height - y2, height - y1
    return np.stack([x1, y1, x2, y2], axis=1)


def _decoded(
    source: Path | bytes, name: str, at_least: int | None, most_pixels: int | None
) -> tuple[Image.Image, PictureHeader, int]:
    """A picture as upright RGB, what its header says, and by how much it was reduced so far."""
    if isinstance(source, bytes) and jpeg_scans(source) > MOST_SCANS:
        raise DataError(
            f"{name}: a JPEG of {jpeg_scans(source)} scans; no camera or program writes so many "
            f"(limit: {MOST_SCANS})"
        )
    try:
        with _open(source) as picture:
            width, height = picture.size
            if most_pixels is not None and width * height > most_pixels:
                raise TooManyPixelsError(
                    f"{name}: {width} × {height} pixels are more than the {most_pixels:,} that a "
                    "picture may have"
                )
            header = _header(picture)
            drafted = _draft(picture, at_least)
            picture.load()
            # An upright one would only be copied.
            if header.orientation != 1:
                ImageOps.exif_transpose(picture, in_place=True)
            return _rgb(picture), header, drafted
    # The warning is raised where a program makes errors of warnings.
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixelsError(f"{name}: {_reason(error)}") from error
    except UNREADABLE as error:
        raise DataError(f"{name}: {_reason(error)}") from error


def _open(source: Path | bytes) -> Image.Image:
    if isinstance(source, Path):
        return Image.open(source)
    return Image.open(BytesIO(source), formats=_KINDS_OF_BYTES)


def _header(picture: Image.Image) -> PictureHeader:
    width, height = picture.size
    orientation = _exif(picture).get(_ORIENTATION, 1)
    if orientation not in range(1, 9):
        orientation = 1
    # Pillow gives a TIFF's size upright, any other's as it is stored.
    turned = (width, height) if orientation in _TURNED else (height, width)
    if picture.format == "TIFF":
        return PictureHeader((height, width), turned, orientation, picture.mode)
    return PictureHeader(turned, (height, width), orientation, picture.mode)


def _exif(picture: Image.Image) -> Image.Exif:
    """A picture's EXIF data.

    Pillow decodes all of a PNG to see whether some comes behind the pixels; looking at the heads
    of its chunks tells, too.
    """
    if isinstance(picture, PngImagePlugin.PngImageFile) and not _text_behind_pixels(
        cast(BufferedIOBase, picture.fp)
    ):
        return Image.Image.getexif(picture)
    return picture.getexif()


def _text_behind_pixels(file: BufferedIOBase) -> bool:
    """Whether a PNG file has EXIF data or text behind its first pixels."""
    position = file.tell()
    file.seek(8)  # the signature
    pixels = False
    found = False
    while not found and len(head := file.read(8)) == 8 and head[4:] != b"IEND":
        pixels |= head[4:] == b"IDAT"
        found = pixels and head[4:] in (b"eXIf", b"iTXt", b"tEXt", b"zTXt")
        file.seek(int.from_bytes(head[:4], "big") + 4, SEEK_CUR)  # the content and its checksum
    file.seek(position)
    return found


def _draft(picture: Image.Image, at_least: int | None) -> int:
    """Lets a JPEG be decoded at a half, a quarter or an eighth of its size; says which."""
    if at_least is None or picture.format != "JPEG":
        return 1
    width = picture.size[0]
    drafted = picture.draft(picture.mode, _smallest(picture.size, at_least))
    return 1 if drafted is None else round(width / drafted[1][2])


def _rgb(picture: Image.Image) -> Image.Image:
    """A picture of any mode as RGB."""
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    whole = Image.new("RGB", picture.size)
    scale = 1
    if picture.mode == "F":
        largest = [np.asarray(picture.crop(box)).max() for box in _strips(picture.size)]
        scale = 255 if np.max(largest, initial=0) <= 1 else 1
    for box in _strips(picture.size):
        whole.paste(_rgb_strip(picture.crop(box), scale), box[:2])
    return whole


def _rgb_strip(picture: Image.Image, scale: int) -> Image.Image:
    """A part of a picture as RGB; `scale` is what mode F's values are multiplied with."""
    if picture.mode.startswith("I"):
        # Sixteen bits, in Pillow's 16- or 32-bit modes; `convert` would cut instead of scale.
        values = np.asarray(picture).astype(np.int64)
        return Image.fromarray((values.clip(0, 65535) // 257).astype(np.uint8)).convert("RGB")
    if picture.mode == "F":
        values = np.asarray(picture)
        return Image.fromarray((values * scale).clip(0, 255).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, rgba).convert("RGB")
    return picture.convert("RGB")


def _pixels(picture: Image.Image) -> UInt8[np.ndarray, "height width 3"]:
    """The pixels of an RGB picture; `np.array` would hold them three times."""
    width, height = picture.size
    if width * height <= _STRIP:
        return np.array(picture)
    pixels = np.empty((height, width, 3), np.uint8)
    for box in _strips(picture.size):
        pixels[box[1] : box[3]] = np.asarray(picture.crop(box))
    return pixels


def _strips(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Boxes (xyxy) from the top of a picture to its bottom, of few pixels each."""
    width, height = size
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        yield 0, top, width, min(top + rows, height)


def _smallest(size: tuple[int, int], at_least: int) -> tuple[int, int]:
    """The size whose shorter side has `at_least` pixels, or the size itself if it is smaller."""
    scale = min(1.0, at_least / min(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _reason(error: BaseException) -> str:
    """Why it cannot be read, in words."""
    if isinstance(error, FileNotFoundError):
        return "there is no such picture"
    if isinstance(error, UnidentifiedImageError):
        return "not a picture (or of a kind that Pillow cannot read)"
    if isinstance(error, Image.DecompressionBombError):
        return "more pixels than a picture should have (limit: 178 million)"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read ({error.strerror})"
    return f"cannot be decoded ({error})"
