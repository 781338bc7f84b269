from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from objloc.data.sprites import load_sprites
from objloc.data.sprites.glyphs import glyph_names
from objloc.errors import DataError


def square(left: int, bottom: int, side: int):
    pen = TTGlyphPen(None)
    pen.moveTo((left, bottom))
    for x, y in ((0, 1), (1, 1), (1, 0)):
        pen.lineTo((left + x * side, bottom + y * side))
    pen.closePath()
    return pen.glyph()


@pytest.fixture
def font(tmp_path: Path) -> Path:
    """A colour font: 😀 is red on the left and blue on the right, A has no colours of its own."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A", "face", "left", "right"])
    builder.setupCharacterMap({ord("A"): "A", 0x1F600: "face"})
    builder.setupGlyf(
        {
            ".notdef": square(100, 0, 200),
            "A": square(0, 0, 500),
            "face": square(0, 0, 800),
            "left": square(0, 0, 400),
            "right": square(400, 0, 400),
        }
    )
    # Advance and left side bearing, which has to be that of the outline.
    bearings = {".notdef": 100, "A": 0, "face": 0, "left": 0, "right": 400}
    builder.setupHorizontalMetrics({name: (900, left) for name, left in bearings.items()})
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupOS2()
    builder.setupPost()
    builder.setupCOLR({"face": [("left", 0), ("right", 1)]})
    builder.setupCPAL([[(1.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0)]])
    builder.setupNameTable({"familyName": "Test", "styleName": "Regular"})
    path = tmp_path / "test.ttf"
    builder.save(path)
    return path


def load(font: Path, **options: object):
    return load_sprites(str(font), min_size=40, max_size=40, **options)


def test_glyphs_keep_their_colours_and_are_named_by_unicode(font: Path):
    sprites = load(font, characters=["😀", "A"])
    assert sprites.class_names == ("grinning_face", "latin_capital_letter_a")
    face = sprites.draw(0, np.random.default_rng(0))
    # Two squares side by side; the seam's column may be a blend of both.
    assert face.shape == (20, 40, 4)
    assert (face[2:-2, 2:18] == [255, 0, 0, 255]).all()
    assert (face[2:-2, 22:-2] == [0, 0, 255, 255]).all()
    letter = sprites.draw(1, np.random.default_rng(0))
    assert letter.shape == (40, 40, 4)
    assert (letter[..., 3] == 255).all()


def test_names_may_be_given(font: Path):
    assert load(font, characters={"happy": "😀", "a": "A"}, classes=["a"]).class_names == ("a",)


def test_names_of_sequences_leave_out_what_is_not_seen():
    assert list(glyph_names(["❤️", "👩‍🚀"])) == ["heavy_black_heart", "woman_rocket"]


@pytest.mark.parametrize(
    ("characters", "message"),
    [
        (["B"], "the font has no glyph for 'B'"),
        (["\ue000"], "'\\ue000' has no Unicode name; give a mapping"),
        (["A", "A"], "'A' comes twice"),
        ([], "name the characters to draw in dataset.characters"),
    ],
)
def test_characters_that_cannot_be_drawn_are_named(font: Path, characters, message: str):
    with pytest.raises(DataError) as error:
        load(font, characters=characters)
    assert message in str(error.value)


def test_a_file_that_is_no_font_is_named(tmp_path: Path):
    path = tmp_path / "bad.ttf"
    with pytest.raises(DataError, match=r"bad\.ttf: there is no such font file"):
        load(path, characters=["A"])
    path.write_text("no font")
    with pytest.raises(DataError, match=r"bad\.ttf: the font cannot be read"):
        load(path, characters=["A"])


def test_characters_belong_to_fonts_alone():
    with pytest.raises(DataError, match=r"dataset\.characters is for font files"):
        load_sprites("creatures", min_size=24, max_size=24, characters=["A"])
