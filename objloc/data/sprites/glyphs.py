"""Draws characters of a font, colour fonts in their colours."""

import unicodedata
from collections.abc import Sequence
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


def glyph_names(characters: Sequence[str]) -> dict[str, str]:
    """Class name → character.

    Args:
        characters: each a character (or a sequence that makes one picture), named after its
            Unicode name (`grinning_face`), or `name=character`.

    Raises:
        DataError: a character has no Unicode name and was given none, or a name comes twice.
    """
    named: dict[str, str] = {}
    for item in characters:
        name, equals, character = item.partition("=")
        if not (equals and name and character):
            character = item
            name = "_".join(
                unicodedata.name(c, "")
                for c in character
                # Joiners and variation selectors are not seen.
                if unicodedata.category(c) not in ("Cf", "Mn")
            )
            name = name.lower().replace(" ", "_").replace("-", "_")
        if not name:
            raise DataError(
                f"dataset.characters: {item!r} has no Unicode name; write name={item} instead"
            )
        if name in named:
            raise DataError(f"dataset.characters: the class '{name}' comes twice")
        named[name] = character
    return named


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
