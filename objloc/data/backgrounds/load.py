"""From what a config names to a background."""

import difflib
from pathlib import Path

from objloc.data.backgrounds.background import Background
from objloc.data.backgrounds.mix import MixedBackground
from objloc.data.backgrounds.photo import PhotoBackground
from objloc.data.backgrounds.photo_split import bundled_photographs, folder_photographs
from objloc.data.backgrounds.plain import PlainBackground
from objloc.data.backgrounds.texture import TextureBackground
from objloc.errors import DataError

_KINDS = ("black", "white", "texture", "photo")


def load_background(background: str) -> Background:
    """Loads a background.

    Args:
        background: `black`, `white`, `texture`, `photo` (scikit-image's), a folder of photographs,
            or several of them joined by `+`, such as `photo+texture`; name one twice to see it
            twice as often.

    Raises:
        DataError: there is no such kind or folder, or its pictures cannot be used.
    """
    if Path(background).is_dir() or "+" not in background:
        return _load_one(background)
    return MixedBackground([_load_one(part.strip()) for part in background.split("+")])


def _load_one(background: str) -> Background:
    if background == "black":
        return PlainBackground(0)
    if background == "white":
        return PlainBackground(255)
    if background == "texture":
        return TextureBackground()
    if background == "photo":
        return PhotoBackground(bundled_photographs())
    folder = Path(background).expanduser()
    if folder.is_dir():
        return PhotoBackground(folder_photographs(folder))
    near = difflib.get_close_matches(background, _KINDS, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    raise DataError(
        f"dataset.background: there is no kind or folder '{background}'{hint}; kinds: "
        f"{', '.join(_KINDS)}"
    )
