"""Finds the COCO files of a folder, and the folders that their pictures may be in."""

import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path

from objloc.data.files.annotations import NO_SPLIT
from objloc.data.formats.folders import Folders
from objloc.data.formats.split_names import split_of_name
from objloc.errors import DataError

_BESIDE = "_annotations.coco.json"  # Roboflow's name, in each split's folder
_OTHER_TASKS = re.compile(r"(captions|person_keypoints|panoptic|stuff|image_info)_", re.IGNORECASE)
_NOT_LABELS = frozenset({"objloc.json", "notes.json", "package.json"})
_DEEPEST = 3  # folders below the root in which Roboflow's files are looked for
_LAYOUTS = (
    "annotations/instances_*.json, annotations/*.json, (train|valid|test)/_annotations.coco.json, "
    "result.json, *.json"
)


@dataclass(frozen=True)
class LabelFile:
    """A file that may hold labels.

    Attributes:
        path: absolute.
        split: what its name or its folder says: index into `SPLITS`, or `NO_SPLIT`.
        sure: it is known to be a COCO file by its name, or was named by the user; another file
            that turns out to be something else is passed over.
    """

    path: str
    split: int
    sure: bool = True


def dataset_folder(root: Path) -> Path:
    """The folder that everything belongs to.

    Args:
        root: the folder itself, or its label file, which may be in a folder `annotations`.
    """
    if root.suffix.lower() != ".json" or root.is_dir():
        return root
    parent = root.absolute().parent
    return parent.parent if parent.name.lower() == "annotations" else parent


def find_label_files(root: Path, pattern: str | None, folders: Folders) -> list[LabelFile]:
    """The label files of a dataset, sorted by path.

    Args:
        root: a folder, or a label file.
        pattern: the label files, relative to the folder, perhaps with `*`, `?` and `**`; None to
            look where COCO, Roboflow, Label Studio and CVAT put them.
        folders: listings.

    Raises:
        DataError: there is no such folder or file, or no label file in it.
    """
    base = os.path.abspath(dataset_folder(root))
    if pattern is not None:
        found = _matching(base, pattern)
    elif root.is_file():
        # A file that is named by itself has its folder's name to say what it is.
        path = os.path.abspath(root)
        return [LabelFile(path, _split(os.path.dirname(os.path.dirname(path)), path))]
    elif root.suffix.lower() == ".json" and not root.is_dir():
        raise DataError(f"{root}: there is no such file; set dataset.root to the labels' file")
    elif not root.is_dir():
        raise DataError(f"{root}: there is no such folder; set dataset.root to the dataset's")
    else:
        return _known_layout(base, folders)
    return [LabelFile(path, _split(base, path)) for path in sorted(found)]


def picture_folders(base: str, label_file: LabelFile, folders: Folders) -> list[str]:
    """Where the pictures of a label file may be, the likeliest first; absolute, each once.

    Folders that are named after another split than the file's are left out: a picture of the same
    name there is another picture.
    """
    beside = os.path.dirname(label_file.path)
    # "train2017" of "instances_train2017.json"
    stem = os.path.splitext(os.path.basename(label_file.path))[0]
    own = re.sub(r"^(instances|annotations)_", "", stem)
    tops = list(dict.fromkeys([base, beside]))
    likely = [os.path.join(top, *way) for top in tops for way in ((own,), ("images", own))]
    likely += [os.path.join(top, "images") for top in reversed(tops)]
    likely += reversed(tops)
    for parent in [os.path.join(top, "images") for top in tops] + tops:
        below = [os.path.join(parent, name) for name in folders.folders(parent)]
        # Those of the file's own split first, then those of none.
        likely += sorted(below, key=lambda folder: _folder_split(folder) == NO_SPLIT)
        likely += [os.path.join(folder, "images") for folder in below if _is_split(folder)]
    allowed = (NO_SPLIT, label_file.split)
    return [
        folder
        for folder in dict.fromkeys(map(os.path.normpath, likely))
        if label_file.split == NO_SPLIT or _path_split(base, folder) in allowed
    ]


def split_of_words(name: str) -> int:
    """The split that a name's first telling word names: "instances_val2017" is for validation."""
    for word in re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()):
        for prefix in ("", "mini"):
            split = split_of_name(word.removeprefix(prefix))
            if split != NO_SPLIT:
                return split
    return NO_SPLIT


def _known_layout(base: str, folders: Folders) -> list[LabelFile]:
    labels = os.path.join(base, "annotations")
    in_labels = [name for name in _json_files(labels, folders) if not _OTHER_TASKS.match(name)]
    instances = [name for name in in_labels if name.lower().startswith("instances")]
    if instances or in_labels:
        return _label_files(base, labels, instances or in_labels, sure=bool(instances))
    beside = [
        LabelFile(os.path.join(folder, _BESIDE), _path_split(base, folder))
        for folder in _not_deep(base, folders)
        if _BESIDE in folders.files(folder)
    ]
    if beside:
        return sorted(beside, key=lambda file: file.path)
    in_base = [name for name in _json_files(base, folders) if name not in _NOT_LABELS]
    if "result.json" in in_base:
        return _label_files(base, base, ["result.json"], sure=True)
    found = _label_files(base, base, in_base, sure=False)
    if not found:
        for name in folders.folders(base):
            below = os.path.join(base, name)
            found += _label_files(base, below, _json_files(below, folders), sure=False)
    if not found:
        raise DataError(
            f"{base}: no COCO file here; looked for {_LAYOUTS}; set dataset.root to the labels' "
            "file, or dataset.format.annotations to its place in the folder"
        )
    return found


def _label_files(base: str, folder: str, names: list[str], *, sure: bool) -> list[LabelFile]:
    paths = [os.path.join(folder, name) for name in names]
    # The only candidate is taken for what it should be, and its error is shown.
    sure = sure or len(paths) == 1
    return [LabelFile(path, _split(base, path), sure) for path in paths]


def _matching(base: str, pattern: str) -> list[str]:
    exact = os.path.normpath(os.path.join(base, pattern))
    if os.path.isfile(exact):  # whose name may have brackets
        return [exact]
    found = glob.glob(os.path.join(glob.escape(base), pattern), recursive=True)
    # `**` follows links, those in circles up to forty times: each file counts once.
    once = {os.path.realpath(path): path for path in sorted(found, key=len, reverse=True)}
    files = [os.path.normpath(path) for path in once.values() if os.path.isfile(path)]
    if not files:
        raise DataError(
            f"{exact}: there is no such file; dataset.format.annotations is relative to {base}"
        )
    return files


def _not_deep(base: str, folders: Folders) -> list[str]:
    """The folder and those below it, a few levels down."""
    found, level, seen = [base], [base], {os.path.realpath(base)}
    for _ in range(_DEEPEST):
        below = [os.path.join(folder, name) for folder in level for name in folders.folders(folder)]
        level = []
        for folder in below:
            real = os.path.realpath(folder)
            if real not in seen:  # links may go in circles
                seen.add(real)
                level.append(folder)
        found += level
    return found


def _json_files(folder: str, folders: Folders) -> list[str]:
    return [name for name in folders.files(folder) if name.lower().endswith(".json")]


def _split(base: str, path: str) -> int:
    """The split that a label file's name says, else the folder that it is in."""
    split = split_of_words(os.path.splitext(os.path.basename(path))[0])
    return split if split != NO_SPLIT else _path_split(base, os.path.dirname(path))


def _path_split(base: str, folder: str) -> int:
    """The split that a folder's path below `base` says, the innermost word first."""
    way = os.path.relpath(folder, base)
    for name in reversed(way.split(os.sep)):
        split = split_of_words(name)
        if split != NO_SPLIT:
            return split
    return NO_SPLIT


def _folder_split(folder: str) -> int:
    return split_of_words(os.path.basename(folder))


def _is_split(folder: str) -> bool:
    return _folder_split(folder) != NO_SPLIT
