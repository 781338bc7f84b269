"""Draws characters of a font, colour fonts in their colours."""

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from objloc.errors import DataError

FONT_SUFFIXES = frozenset({".otf", ".ttc", ".ttf"})

# Bitmap colour fonts can be opened at the sizes of their strikes alone: 109 and 136 are those of
# Noto Color Emoji, the others those of Apple Color Emoji.
_SIZES = (256, 160, 136, 128, 109, 96, 64, 32)

# For glyphs without colours of their own: seen on black, on white and on most photographs.
_PLAIN_COLOUR = (214, 72, 60, 255)

# A code point that no font has a glyph for ("noncharacter" in the Unicode standard).
_MISSING = "\U0010ffff"


def glyph_names(characters: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    """Class name → character.

    Args:
        characters: class names with their characters, or characters alone, which are then named
            by Unicode: `grinning_face`. A character may be a sequence of code points that makes
            one picture.

    Raises:
        DataError: a character has no Unicode name, or two have the same.
    """
    if isinstance(characters, Mapping):
        return dict(characters)
    named: dict[str, str] = {}
    for character in characters:
        name = _unicode_name(character)
        if not name:
            raise DataError(
                f"dataset.characters: {character!r} has no Unicode name; give a mapping of names "
                "to characters instead of a list"
            )
        if name in named:
            raise DataError(f"dataset.characters: {character!r} comes twice")
        named[name] = character
    return named


def _unicode_name(character: str) -> str:
    # Joiners and variation selectors are not seen, so they name nothing.
    seen = [c for c in character if unicodedata.category(c) not in ("Cf", "Mn")]
    words = "_".join(unicodedata.name(c, "") for c in seen).lower()
    return words.replace(" ", "_").replace("-", "_")


def draw_glyph(font_path: Path, character: str) -> UInt8[np.ndarray, "h w 4"]:
    """One character as RGBA pixels with straight alpha.

    Raises:
        DataError: the font cannot be read or has no such glyph.
    """
    font = _open(font_path)
    glyph = _draw(font, character)
    if np.array_equal(glyph, _draw(font, _MISSING)):
        raise DataError(f"{font_path}: the font has no glyph for {character!r}")
    return glyph


def _open(path: Path) -> ImageFont.FreeTypeFont:
    failure: OSError | None = None
    for size in _SIZES:
        try:
            return ImageFont.truetype(str(path), size)
        except OSError as error:
            failure = error
    raise DataError(f"{path}: the font cannot be read ({failure})") from failure


def _draw(font: ImageFont.FreeTypeFont, character: str) -> UInt8[np.ndarray, "h w 4"]:
    left, top, right, bottom = font.getbbox(character)
    margin = 4  # antialiasing and colour layers may reach over the box
    size = (max(1, round(right - left)) + 2 * margin, max(1, round(bottom - top)) + 2 * margin)
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(picture).text(
        (margin - left, margin - top),
        character,
        font=font,
        fill=_PLAIN_COLOUR,
        embedded_color=True,
    )
    return np.asarray(picture)
