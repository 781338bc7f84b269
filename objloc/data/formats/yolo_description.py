"""What says which classes and pictures a YOLO set has: data.yaml, obj.data or a list of names."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from objloc.data.files.annotations import NO_SPLIT
from objloc.data.files.finding import Finding
from objloc.data.files.printable import printable
from objloc.data.formats.class_names import check_class_names, read_class_list
from objloc.data.formats.split_names import split_of_name
from objloc.data.formats.text_lines import read_lines
from objloc.errors import DataError

_YAML_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
_NAME_LISTS = ("classes.txt", "obj.names", "labels/classes.txt", "images/classes.txt")
_NOTHING = frozenset({"", "~", "null", "none"})


@dataclass
class Description:
    """A set's classes and where its pictures are.

    Attributes:
        file: what it was read from, relative to the dataset's folder; "." for the folder itself.
        names: class names by id; None where nothing names them.
        entries: by split (or `NO_SPLIT`), the folders and lists of pictures as they are written;
            empty where nothing says so, and the folders are to be searched.
        base: the folder that entries are relative to, as it is written (`path:`); "" for none.
        keypoints: labels hold the points of skeletons.
        findings: what is odd.
    """

    file: str = "."
    names: dict[int, str] | None = None
    entries: dict[int, list[str]] = field(default_factory=dict)
    base: str = ""
    keypoints: bool = False
    findings: list[Finding] = field(default_factory=list)


def describe_set(root: Path, data: str | None) -> Description:
    """What the files in a set's folder say of it.

    Args:
        root: the dataset's folder.
        data: the YAML file's name in it; None to look for one.

    Raises:
        DataError: the file is missing or cannot be read, or several could be meant.
    """
    if data is not None:
        return _from_yaml(root, data)
    found = _find_yaml(root)
    if found is not None:
        return _from_yaml(root, found)
    if (root / "obj.data").is_file():
        return _from_obj_data(root)
    return _from_lists(root)


def _find_yaml(root: Path) -> str | None:
    """The file that describes the set: by its usual name, else by what is in it."""
    for name in _YAML_NAMES:
        if (root / name).is_file():
            return name
    fitting = []
    for path in sorted(root.iterdir()):
        if path.suffix.lower() not in (".yaml", ".yml") or not path.is_file():
            continue
        try:
            content = _load(path)
        except DataError:
            continue
        if {"names", "nc"} & content.keys() and {"train", "val"} & content.keys():
            fitting.append(path.name)
    if len(fitting) > 1:
        raise DataError(
            f"{root}: {' and '.join(fitting)} could each describe the set; say which one by "
            "dataset.format.data=…"
        )
    return fitting[0] if fitting else None


def _from_yaml(root: Path, name: str) -> Description:
    content = _load(root / name)
    description = Description(name, keypoints="kpt_shape" in content)
    base = content.get("path", "")
    description.base = base if isinstance(base, str) and base.lower() not in _NOTHING else ""
    for key, value in content.items():
        split = split_of_name(str(key))
        entries = [value] if isinstance(value, str) else value
        if split == NO_SPLIT:
            continue
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            raise DataError(
                f"{root / name}: {key} must be a folder, a list of pictures, or several"
            )
        entries = [entry.strip() for entry in entries if entry.strip().lower() not in _NOTHING]
        if entries:
            description.entries.setdefault(split, []).extend(entries)
    if not description.entries:
        raise DataError(f"{root / name}: it names no pictures; give train: and val:")
    description.names = _names(root / name, content, description.findings)
    return description


def _load(path: Path) -> dict[str, object]:
    """The file's mapping, every value as it is written: a class may be called `no` or `1e3`."""
    try:
        content = yaml.load(path.read_bytes(), yaml.BaseLoader)
    except FileNotFoundError:
        raise DataError(
            f"{path}: there is no such file; dataset.format.data names the set's YAML file"
        ) from None
    except (OSError, yaml.YAMLError, ValueError, RecursionError) as error:
        hint = (
            "; paths with backslashes stand in single quotes or none"
            if "escape" in str(error)
            else ""
        )
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: it cannot be read as YAML ({reason}){hint}") from error
    if not isinstance(content, dict):
        raise DataError(f"{path}: it holds no keys; a YOLO set has train:, val: and names:")
    return content


def _names(
    path: Path, content: dict[str, object], findings: list[Finding]
) -> dict[int, str] | None:
    """Class names by id, from `names` and `nc`."""
    count = _count(path, content.get("nc", ""))
    given = content.get("names", "")
    if isinstance(given, str) and given.lower() in _NOTHING:
        return None if count is None else {i: f"class_{i}" for i in range(count)}
    if isinstance(given, str):
        names = dict(enumerate(read_class_list(path.parent / given)))
    elif isinstance(given, list):
        names = dict(enumerate(given))
    else:
        names = _by_id(path, given)
        if [*names] != sorted(names):
            findings.append(
                _odd(path.name, "class_duplicate", "the ids of names: are not in their order")
            )
        names = dict(sorted(names.items()))
    for label, name in names.items():
        if not isinstance(name, str) or not name.strip():
            raise DataError(f"{path}: names: the class {label} has no name")
        names[label] = printable(name)
    if count is not None and count != len(names):
        findings.append(
            _odd(
                path.name,
                "class_unknown",
                f"nc is {count}, but names: has {len(names)}; the names are what is taken",
                "warning",
            )
        )
    findings += check_class_names([*names.values()], path.name)
    return names


def _by_id(path: Path, given: object) -> dict[int, str]:
    wrong = f"{path}: names: must be a list of names, or a name for each number from 0"
    if not isinstance(given, dict):
        raise DataError(wrong)
    try:
        return {int(label): name for label, name in given.items()}
    except (ValueError, TypeError):
        raise DataError(wrong) from None


def _count(path: Path, given: object) -> int | None:
    if not isinstance(given, str) or not given.isdecimal():
        if given in _NOTHING:
            return None
        raise DataError(f"{path}: nc: must be the number of classes")
    return int(given)


def _from_obj_data(root: Path) -> Description:
    """Darknet's `key = value` file, as CVAT's "YOLO 1.1" writes it."""
    content: dict[str, str] = {}
    for line in _lines(root / "obj.data"):
        key, _, value = line.partition("=")
        content[key.strip().lower()] = value.strip()
    description = Description("obj.data")
    for key, value in content.items():
        # CVAT lists each subset, whatever it is called.
        if value.lower().endswith(".txt"):
            description.entries.setdefault(split_of_name(key), []).append(value)
    lists = [content.get("names", ""), os.path.basename(content.get("names", "")), "obj.names"]
    _take_list(root, (name for name in lists if name), description)
    return description


def _from_lists(root: Path) -> Description:
    description = Description()
    _take_list(root, _NAME_LISTS, description)
    if description.names is None and (root / "notes.json").is_file():
        description.names = _from_notes(root / "notes.json")
    return description


def _take_list(root: Path, candidates: Iterable[str], description: Description) -> None:
    """Names from the first of the lists that there is."""
    for candidate in candidates:
        if (root / candidate).is_file():
            description.names = dict(enumerate(read_class_list(root / candidate)))
            names = [*description.names.values()]
            description.findings += check_class_names(names, candidate)
            return


def _from_notes(path: Path) -> dict[int, str]:
    """Label Studio's `notes.json`, which has the classes beside other things."""
    try:
        categories = json.loads(path.read_bytes())["categories"]
        return {int(entry["id"]): str(entry["name"]) for entry in categories}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{path}: its categories cannot be read ({error})") from error


def _lines(path: Path) -> list[str]:
    try:
        return read_lines(path)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: it cannot be read ({error})") from error


def _odd(file: str, kind: str, message: str, severity: str = "note") -> Finding:
    return Finding(
        kind,
        "warning" if severity == "warning" else "note",
        file,
        message,
        "correct the file, so that every tool reads the same classes",
    )
