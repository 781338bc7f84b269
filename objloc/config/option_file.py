"""What an option file says of itself: its first comment line, and the comment above each key."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from objloc.config.constraints import Constraint, parse_constraint
from objloc.errors import ConfigError

_KEY = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z_][\w-]*):(?:\s+(?P<value>.*))?$")
_DEFAULTS = re.compile(r"^defaults:\s*\n((?:\s*(?:-|#).*\n|\s*\n)+)", re.MULTILINE)
_CONSTRAINT = re.compile(r"\[([^\[\]]+)\]\s*$")


@dataclass(frozen=True)
class KeyDoc:
    """One key of an option file: dotted path inside the file, comment, constraint, default."""

    path: str
    text: str
    constraint: Constraint | None
    default: str
    file: Path


@dataclass
class OptionFile:
    """The comments of one option file.

    Attributes:
        title: its first comment line.
        is_global: its keys stand at the top of the config (`# @package _global_`).
        bases: options of the same folder that it builds on.
        keys: its keys by their dotted path in the file.
    """

    title: str = ""
    is_global: bool = False
    bases: tuple[str, ...] = ()
    keys: dict[str, KeyDoc] = field(default_factory=dict)


def title(file: Path) -> str:
    """The one-line description: the first comment line that is not a Hydra directive."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#") and not line.startswith("# @"):
                return line.lstrip("#").strip()
            if line.strip() and not line.startswith("#"):
                break
    return ""


@cache
def read_option_file(file: Path) -> OptionFile:
    """Read the comments of an option file; entries of lists are not looked into.

    Raises:
        ConfigError: a comment ends in square brackets that are no constraint.
    """
    content = file.read_text(encoding="utf-8")
    defaults = _DEFAULTS.search(content)
    option = OptionFile(
        title=title(file),
        is_global=re.search(r"^# @package _global_\s*$", content, re.MULTILINE) is not None,
        bases=tuple(
            entry
            for entry in (yaml.safe_load(defaults.group(1)) if defaults else [])
            if isinstance(entry, str) and entry != "_self_" and not entry.startswith("/")
        ),
    )
    parents: list[tuple[int, str]] = []  # (indentation, key) of the mappings that are open
    comment: list[str] = []
    skip_from = None  # indentation of a list or block of text whose inside is not looked into
    for number, line in enumerate(content.splitlines(), start=1):
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if not stripped:
            comment = []
            continue
        if skip_from is not None and indent > skip_from:
            continue
        skip_from = None
        if stripped.startswith("#"):
            if not stripped.startswith("# @"):
                comment.append(stripped.lstrip("#").strip())
            continue
        if stripped.startswith("-"):
            skip_from, comment = indent, []
            continue
        if match := _KEY.match(line):
            while parents and parents[-1][0] >= indent:
                parents.pop()
            parents.append((indent, match["key"]))
            value = match["value"] or ""
            if value[:1] in ("|", ">"):
                skip_from = indent
            path = ".".join(key for _, key in parents)
            if len(comment) > 1 and comment[0] == option.title:
                comment = comment[1:]  # the file's own line, with no blank line after it
            text, constraint = _split(" ".join(comment), file, number)
            option.keys[path] = KeyDoc(path, text, constraint, value, file)
        comment = []
    return option


def _split(comment: str, file: Path, line: int) -> tuple[str, Constraint | None]:
    match = _CONSTRAINT.search(comment)
    if match is None:
        return comment, None
    try:
        constraint = parse_constraint(match.group(1))
    except ValueError as error:
        raise ConfigError(f"{file}, the comment above line {line}: {error}") from error
    return comment[: match.start()].strip(), constraint
