"""Which label file belongs to each picture of a YOLO set."""

import os
from collections import defaultdict
from collections.abc import Collection
from functools import cache

from objloc.data.files.finding import Finding
from objloc.data.formats.folders import Folders, relative_to, without_suffix
from objloc.data.formats.picture_index import alike

Place = tuple[str, str]
"""A folder and the name of a file in it."""

_LISTS = frozenset(
    {"classes", "predefined_classes", "train", "val", "valid", "test", "trainval", "labelmap"}
)
"""Text files of these names are lists, unless what is in them are objects: of a `test.jpg`."""


class LabelFinder:
    """Finds label files as ultralytics does: the last `images` of the path becomes `labels`, and
    the suffix `.txt`; else beside the picture.

    Args:
        folders: listings.
    """

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._labels = cache(self._label_index)
        self._stems = cache(lambda folder: frozenset(map(without_suffix, folders.pictures(folder))))

    def label_of(self, picture: Place) -> tuple[Place, bool]:
        """The label file, and whether it is there; where it is not, the place it should be at."""
        folder, name = picture
        stem = without_suffix(name)
        places = label_folders(folder)
        for place in places:
            exact, similar = self._labels(place)
            label = f"{stem}.txt"
            found = label if label in exact else similar.get(alike(stem))
            # What belongs to a picture of exactly its name is not this one's.
            if found is not None and (found[:-4] == stem or found[:-4] not in self._stems(folder)):
                return (place, found), True
        used = [place for place in places if self._labels(place)[0]]
        return ((used or places)[0], f"{stem}.txt"), False

    def without_picture(self, root: str, searched: Collection[str]) -> list[Finding]:
        """Label files that no picture belongs to.

        Args:
            root: the dataset's folder.
            searched: folders that pictures were looked for in.
        """
        stems: defaultdict[str, set[str]] = defaultdict(set)
        for folder in searched:
            pictures = self._folders.pictures(folder)
            for place in label_folders(folder):
                if pictures or place != folder:
                    stems[place].update(alike(without_suffix(name)) for name in pictures)
        return [
            _no_picture(relative_to(root, place, name))
            for place in sorted(stems)
            for stem, name in sorted(self._labels(place)[1].items())
            if stem not in stems[place]
            and (place not in searched or _looks_like_labels(os.path.join(place, name)))
        ]

    def _label_index(self, folder: str) -> tuple[frozenset[str], dict[str, str]]:
        """The folder's label files, and the same by what their names are mistaken for."""
        names = [
            name
            for name in self._folders.files(folder)
            if name.lower().endswith(".txt")
            and (name[:-4].lower() not in _LISTS or _looks_like_labels(os.path.join(folder, name)))
        ]
        return frozenset(names), {alike(name[:-4]): name for name in reversed(names)}


def label_folders(folder: str) -> list[str]:
    """Where the labels of a folder's pictures may be, the likeliest first."""
    parts = folder.split(os.sep)
    places = []
    for i in reversed(range(len(parts))):
        if parts[i].lower() == "images":
            names = ["labels"] if parts[i] == "images" else ["Labels", "labels"]
            places = [os.sep.join([*parts[:i], name, *parts[i + 1 :]]) for name in names]
            break
    return [*places, folder]


def same_label(pictures: Collection[Place], root: str) -> list[Finding]:
    """Pictures that share a label file because they differ by their suffix alone."""
    groups: defaultdict[Place, list[str]] = defaultdict(list)
    for folder, name in sorted(pictures):
        groups[folder, without_suffix(name)].append(relative_to(root, folder, name))
    return [
        Finding(
            "id_duplicate",
            "warning",
            files[0],
            f"{' and '.join(map(repr, files))} have one label file, because they differ by the "
            "suffix alone",
            "rename one of them and its label",
            files=tuple(files),
        )
        for files in groups.values()
        if len(files) > 1
    ]


def _looks_like_labels(path: str) -> bool:
    """True if the file's first line is numbers; other texts lie among pictures, too."""
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            numbers = [float(part) for part in file.readline(4096).split()]
    except (OSError, ValueError):
        return False
    return len(numbers) >= 5


def _no_picture(label_file: str) -> Finding:
    return Finding(
        "label_without_picture",
        "warning",
        label_file,
        "there is no picture of this name",
        "bring the picture back, or remove the label",
    )
