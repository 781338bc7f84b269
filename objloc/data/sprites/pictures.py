"""Reads sprite files (SVG, PNG, WebP) into RGBA pixels."""

import io
from pathlib import Path

import numpy as np
import resvg_py
from jaxtyping import UInt8
from PIL import Image

from objloc.data.scene import visible_box
from objloc.errors import DataError

SPRITE_SUFFIXES = frozenset({".svg", ".png", ".webp"})
OPAQUE_SUFFIXES = frozenset({".jpg", ".jpeg", ".bmp"})
"""Pictures that cannot hold transparency: named in an error where a sprite is expected."""

_FIRST_SVG_SIDE = 256
"""An SVG is drawn at least this large to find its visible part; many are 1 or 24 px large."""

_LARGEST_SVG_SIDE = 4096
"""Limits the memory for an SVG whose visible part is a speck of its canvas."""

_UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for files that it cannot make a picture of."""


def read_sprite(path: Path, size: int) -> UInt8[np.ndarray, "h w 4"]:
    """RGBA pixels with straight alpha.

    Args:
        path: an SVG, PNG or WebP file.
        size: for an SVG, the least longer side of its visible part in pixels.

    Raises:
        DataError: the file cannot be read, isn't what its name says, or has no alpha channel.
    """
    if path.suffix.lower() == ".svg":
        return _read_svg(path, size)
    return _read_raster(path)


def _read_svg(path: Path, size: int) -> UInt8[np.ndarray, "h w 4"]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: the SVG cannot be read ({error})") from error

    def render(zoom: float) -> UInt8[np.ndarray, "h w 4"]:
        try:
            # Without the machine's fonts, text is not drawn: it would differ from place to place.
            png = resvg_py.svg_to_bytes(svg_string=text, zoom=zoom, skip_system_fonts=True)
        except ValueError as error:
            raise DataError(f"{path}: this is no SVG that can be drawn ({error})") from error
        with Image.open(io.BytesIO(png)) as picture:
            return np.asarray(picture.convert("RGBA"))

    rgba = render(1.0)
    drawn_side = max(rgba.shape)
    first_zoom = max(1.0, _FIRST_SVG_SIDE / drawn_side)
    if first_zoom > 1:
        rgba = render(first_zoom)
    box = visible_box(rgba)
    if box is None:
        return rgba
    visible = max(box[2] - box[0], box[3] - box[1]) / first_zoom
    # Drawn at twice the size and averaged down: smoother than the renderer's own edges.
    return render(min(2 * size / visible, max(1.0, _LARGEST_SVG_SIDE / drawn_side)))


def _read_raster(path: Path) -> UInt8[np.ndarray, "h w 4"]:
    try:
        with Image.open(path) as picture:
            has_alpha = picture.has_transparency_data
            rgba = np.asarray(picture.convert("RGBA"))
    except _UNREADABLE as error:
        raise DataError(f"{path}: the picture cannot be read ({error})") from error
    if not has_alpha:
        raise DataError(
            f"{path}: the sprite has no alpha channel, so where it ends is unknown; "
            "save it with a transparent background"
        )
    return rgba
