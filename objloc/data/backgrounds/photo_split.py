"""Deals whole photographs out to the splits: no split sees a picture of another."""

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from objloc.data.dataset import SplitName
from objloc.data.files.picture import SUFFIXES
from objloc.data.files.printable import printable
from objloc.data.same_pictures import content_keys
from objloc.errors import DataError

Split = Mapping[SplitName, tuple[Path, ...]]

BUNDLED: Mapping[SplitName, tuple[str, ...]] = {
    "train": (
        "astronaut.png",
        "brick.png",
        "camera.png",
        "cell.png",
        "clock_motion.png",
        "gravel.png",
        "hubble_deep_field.jpg",
        "moon.png",
        "motorcycle_left.png",
        "motorcycle_right.png",
        "page.png",
    ),
    "val": ("coins.png", "ihc.png", "retina.jpg", "text.png"),
    "test": ("chelsea.png", "coffee.png", "grass.png", "rocket.jpg"),
}
"""scikit-image's photographs, dealt by hand so that each split has colour, grey and texture.

Both motorcycles are views of one scene, so they stay together. What is no photograph (charts,
logos, silhouettes, test patterns) or smaller than a scene is left out.
"""


def bundled_photographs() -> Split:
    """The photographs inside scikit-image's package, found without importing (or downloading).

    Raises:
        DataError: scikit-image, or a picture of it, is not installed.
    """
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise DataError(
            "dataset.background=photo needs scikit-image's pictures; install scikit-image or name "
            "a folder of photographs"
        )
    folder = Path(spec.origin).parent / "data"
    split = {name: tuple(folder / file for file in files) for name, files in BUNDLED.items()}
    for path in (path for paths in split.values() for path in paths):
        if not path.is_file():
            raise DataError(
                f"{path}: this version of scikit-image comes without the picture; install 0.26 or "
                "name a folder of photographs in dataset.background"
            )
    return split


def folder_photographs(folder: Path) -> Split:
    """The photographs of a folder and the folders below: 70 % train, 15 % val, 15 % test.

    The order is that of a hash of each file's path inside the folder, so the deal is the same on
    every machine and has nothing to do with names that count frames or places. val and test get
    at least one picture each. Pictures that are views of one scene (`x_left`, `x_right`) are one,
    and so are copies of a picture. Hidden files, and those in hidden folders, are left out.

    Raises:
        DataError: the folder is missing or holds fewer than three scenes.
    """
    if not folder.is_dir():
        raise DataError(f"{printable(folder)}: there is no such folder of backgrounds")
    scenes = _with_copies(_scenes(folder))
    if len(scenes) < 3:
        raise DataError(
            f"{printable(folder)}: {len(scenes)} background pictures found, but train, val and "
            "test need at least one each that the others don't share"
        )
    order = sorted(
        scenes,
        key=lambda name: hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest(),
    )
    held_out = max(1, round(0.15 * len(order)))

    def files(names: Sequence[str]) -> tuple[Path, ...]:
        return tuple(path for name in sorted(names) for path in scenes[name])

    return {
        "train": files(order[2 * held_out :]),
        "val": files(order[:held_out]),
        "test": files(order[held_out : 2 * held_out]),
    }


def _scenes(folder: Path) -> dict[str, list[Path]]:
    """The folder's pictures by the name of what they show."""
    scenes: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            scenes.setdefault(_scene_name(inside), []).append(path)
    return scenes


def _with_copies(scenes: Mapping[str, list[Path]]) -> Mapping[str, list[Path]]:
    """Scenes that share a picture become one, named as the first of them."""
    files = [(name, path) for name, paths in scenes.items() for path in paths]
    first_with: dict[Hashable, str] = {}
    joined: dict[str, str] = {}  # a scene to one before it that is the same

    def first(name: str) -> str:
        while name in joined:
            name = joined[name]
        return name

    for (name, _), key in zip(files, content_keys([path for _, path in files]), strict=True):
        names = sorted((first(name), first(first_with.setdefault(key, name))))
        if names[0] != names[1]:
            joined[names[1]] = names[0]
    together: dict[str, list[Path]] = {}
    for name, path in files:
        together.setdefault(first(name), []).append(path)
    return together


def _scene_name(path: Path) -> str:
    stem = path.stem
    for view in ("_left", "_right"):
        if stem.lower().endswith(view):
            stem = stem[: -len(view)]
    return path.with_name(stem).as_posix()
