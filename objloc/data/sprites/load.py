"""From what a config names to a set of sprites ready to be drawn."""

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from objloc.data.sprites.folder import find_sprite_files
from objloc.data.sprites.glyphs import FONT_SUFFIXES, draw_glyph, glyph_names
from objloc.data.sprites.picture_sprites import PictureSprites
from objloc.data.sprites.pictures import read_sprite
from objloc.data.sprites.rectangle_sprites import RectangleSprites
from objloc.data.sprites.sprite import Sprite
from objloc.data.sprites.sprite_set import SpriteSet
from objloc.errors import DataError

ASSETS = Path(__file__).parent.parent / "assets" / "sprites"
RECTANGLES = "rectangles"


def load_sprites(
    sprites: str,
    *,
    min_size: int,
    max_size: int,
    classes: Sequence[str] | None = None,
    characters: Sequence[str] | Mapping[str, str] | None = None,
) -> SpriteSet:
    """Loads a set of sprites and checks every one of them.

    Args:
        sprites: `rectangles`, a set that comes with objloc (a folder under
            `objloc/data/assets/sprites`), a folder of SVG, PNG or WebP files, or a font file.
        min_size: smallest longer side of a sprite in pixels.
        max_size: largest longer side of a sprite in pixels.
        classes: the classes to use, in the order of the labels; None for all, alphabetically (for
            a font: in the order of `characters`).
        characters: with a font file, what to draw; see `glyph_names`.

    Raises:
        DataError: there is no such set, or something in it cannot be used.
    """
    if sprites == RECTANGLES:
        _choose(sprites, RectangleSprites.class_names, classes)
        return RectangleSprites(min_size, max_size)
    path = Path(sprites)
    if path.suffix.lower() in FONT_SUFFIXES:
        return _load_font(path, min_size, max_size, classes, characters)
    if characters:
        raise DataError(
            f"dataset.characters is for font files ({', '.join(sorted(FONT_SUFFIXES))}), but "
            f"dataset.sprites is '{sprites}'"
        )
    return _load_folder(_folder(sprites), min_size, max_size, classes)


def _folder(sprites: str) -> Path:
    """A shipped set by its name, any other folder by its path; './creatures' is a path."""
    shipped = sorted(path.name for path in ASSETS.iterdir() if path.is_dir())
    if sprites in shipped:
        return ASSETS / sprites
    path = Path(sprites).expanduser()
    if path.is_dir():
        return path
    if path.exists():
        raise DataError(f"{sprites}: this is no folder of sprites and no font file")
    known = [*shipped, RECTANGLES]
    near = difflib.get_close_matches(sprites, known, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    raise DataError(
        f"dataset.sprites: there is no sprite set or folder '{sprites}'{hint}; sets: "
        f"{', '.join(known)}"
    )


def _load_folder(
    folder: Path, min_size: int, max_size: int, classes: Sequence[str] | None
) -> PictureSprites:
    files = find_sprite_files(folder)
    loaded: dict[str, list[Sprite]] = {}
    digest = hashlib.sha256()
    for name in _choose(str(folder), tuple(files), classes):
        loaded[name] = []
        for path in files[name]:
            rgba = read_sprite(path, max_size)
            loaded[name].append(Sprite(str(path), rgba, min_size, max_size))
            digest.update(f"{name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return PictureSprites(loaded, min_size, max_size, digest.hexdigest())


def _load_font(
    path: Path,
    min_size: int,
    max_size: int,
    classes: Sequence[str] | None,
    characters: Sequence[str] | Mapping[str, str] | None,
) -> PictureSprites:
    if not path.is_file():
        raise DataError(f"{path}: there is no such font file")
    if not characters:
        raise DataError(f"{path}: name the characters to draw in dataset.characters")
    named = glyph_names(characters)
    loaded: dict[str, list[Sprite]] = {}
    digest = hashlib.sha256(path.read_bytes())
    for name in _choose(str(path), tuple(named), classes):
        glyph = draw_glyph(path, named[name])
        loaded[name] = [Sprite(f"{path}: {named[name]}", glyph, min_size, max_size)]
        digest.update(f"{name}\0{named[name]}\0".encode())
    return PictureSprites(loaded, min_size, max_size, digest.hexdigest())


def _choose(
    where: str, available: tuple[str, ...], classes: Sequence[str] | None
) -> tuple[str, ...]:
    if classes is None:
        return available
    if not classes:
        raise DataError("dataset.classes is empty; name at least one class, or null for all")
    for name in classes:
        if name not in available:
            near = difflib.get_close_matches(name, available, n=1)
            hint = f" (did you mean '{near[0]}'?)" if near else ""
            raise DataError(
                f"dataset.classes: {where} has no class '{name}'{hint}; it has "
                f"{', '.join(available)}"
            )
    if len(set(classes)) < len(classes):
        raise DataError(f"dataset.classes: a class comes twice in {', '.join(classes)}")
    return tuple(classes)
