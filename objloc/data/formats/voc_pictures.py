"""Which picture each Pascal VOC file is about."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from objloc.data.files.finding import Finding
from objloc.data.formats.folders import Folders, is_picture, relative_to
from objloc.data.formats.picture_index import PictureIndex, alike, find_picture

Place = tuple[str, str]
"""A folder and the name of a file in it."""

_PICTURE_FOLDERS = ("jpegimages", "images", "image", "imgs", "img", "pictures", "photos")

_MASK_FOLDERS = frozenset({"segmentationclass", "segmentationobject"})
"""Their pictures are called as the photographs are, and show what is where in them."""


@dataclass
class Pairing:
    """Label files with their pictures.

    Attributes:
        picture_of: the picture of each label file that has one.
        findings: label files without a picture, or with one that another file labels.
    """

    picture_of: dict[Place, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def pair(
    folders: Folders, root: str, label_files: Sequence[Place], filenames: Sequence[str]
) -> Pairing:
    """Finds the picture of each label file: by the name in it, else by the file's own name.

    It is looked for in the label's folder, then in a folder of pictures beside each folder around
    it (`Annotations/train/a.xml` → `JPEGImages/train/`, `JPEGImages/`), then anywhere, if the name
    has its suffix. A picture that several files name belongs to the one that is called as it is.

    Args:
        folders: listings.
        root: the dataset's folder.
        label_files: the XML files.
        filenames: what each says in `<filename>`.
    """

    @cache
    def near(folder: str) -> list[tuple[str, PictureIndex]]:
        places = [place for place in _near(folders, root, folder) if folders.pictures(place)]
        return [(place, index(place)) for place in dict.fromkeys(places)]

    @cache
    def index(folder: str) -> PictureIndex:
        return PictureIndex(folders.pictures(folder))

    @cache
    def everywhere() -> dict[str, Place]:
        found: dict[str, Place] = {}
        for folder in folders.walk(root):
            masks = os.path.basename(folder).lower() in _MASK_FOLDERS
            for name in [] if masks else folders.pictures(folder):
                found.setdefault(alike(name), (folder, name))
        return found

    def find(folder: str, name: str) -> Place | None:
        name = name.replace("\\", "/").rsplit("/", 1)[-1]
        found = find_picture(near(folder), name)
        if found is None and is_picture(name):
            found = everywhere().get(alike(name))
        return found

    named = [find(place[0], name) for place, name in zip(label_files, filenames, strict=True)]
    own = [find(folder, _stem(name)) for folder, name in label_files]
    return _settle(root, label_files, filenames, named, own)


def _settle(
    root: str,
    label_files: Sequence[Place],
    filenames: Sequence[str],
    named: Sequence[Place | None],
    own: Sequence[Place | None],
) -> Pairing:
    """One picture to each label file, and one label file to each picture."""
    pairing = Pairing()
    taken: dict[Place, Place] = {}
    sure = [i for i in range(len(named)) if named[i] is not None and named[i] == own[i]]
    for i in [*sure, *sorted(set(range(len(named))) - set(sure))]:
        choices = [picture for picture in (named[i], own[i]) if picture is not None]
        free = [picture for picture in choices if picture not in taken]
        if free:
            taken[free[0]] = label_files[i]
            pairing.picture_of[label_files[i]] = free[0]
        elif choices:
            pairing.findings.append(_second_label(root, label_files[i], choices[0], taken))
        else:
            pairing.findings.append(_no_picture(root, label_files[i], filenames[i]))
    return pairing


def _near(folders: Folders, root: str, folder: str) -> list[str]:
    """Folders in which a label's picture may be, the likeliest first."""
    places = [folder]
    around, below = folder, ""
    while True:
        named = {name.lower(): name for name in reversed(folders.folders(around))}
        for name in _PICTURE_FOLDERS:
            if name in named:
                pictures = os.path.join(around, named[name])
                places += [os.path.normpath(os.path.join(pictures, below)), pictures]
        places.append(around)
        if around == root or os.path.dirname(around) == around:
            return places
        # Below Annotations/train/ stands what is in JPEGImages/train/: its first part is dropped.
        relative = os.path.relpath(folder, os.path.dirname(around))
        below = os.path.join(*relative.split(os.sep)[1:], "")
        around = os.path.dirname(around)


def _stem(name: str) -> str:
    return os.path.splitext(name)[0]


def _no_picture(root: str, label_file: Place, filename: str) -> Finding:
    stated = f"{filename!r} (its <filename>) or " if filename else ""
    return Finding(
        "label_without_picture",
        "warning",
        relative_to(root, *label_file),
        f"there is no picture {stated}{_stem(label_file[1])!r} (the label file's own name)",
        "put the picture beside the label or into images/ or JPEGImages/, or remove the label",
    )


def _second_label(
    root: str, label_file: Place, picture: Place, taken: dict[Place, Place]
) -> Finding:
    return Finding(
        "id_duplicate",
        "error",
        relative_to(root, *label_file),
        f"its picture has the label file {relative_to(root, *taken[picture])!r} already",
        "correct <filename>, or remove one of the two",
        files=(relative_to(root, *picture),),
    )
