"""What a config value may be, read from the square brackets that end the key's comment.

The grammar, alternatives being joined by `or`::

    [int >= 1]   [float 0..1]   [float > 0, <= 2]   [str]   [bool]   [path or null]
    [list]   [list of float >= 0]   [mapping]   [one of bce, l1, giou]   [int >= 1 or null]

`a..b` includes both ends. A whole number passes as `float`; `true` is no number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

_KINDS: dict[str, Callable[[Any], bool]] = {
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "str": lambda value: isinstance(value, str),
    "path": lambda value: isinstance(value, str) and value != "",
    "list": lambda value: isinstance(value, list | tuple),
    "mapping": lambda value: isinstance(value, dict),
}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda value, bound: value >= bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    "<": lambda value, bound: value < bound,
}
_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})")
_BOUND = re.compile(rf"(>=|<=|>|<)\s*({_NUMBER})")
_TYPE = re.compile(rf"({'|'.join(_KINDS)})(?:\s+(.*))?")


@dataclass(frozen=True)
class Constraint:
    """One parsed constraint; `text` is what was written between the brackets."""

    text: str
    alternatives: tuple[Callable[[Any], bool], ...]

    def allows(self, value: object) -> bool:
        """True if the plain value (no OmegaConf container) is allowed."""
        return any(allowed(value) for allowed in self.alternatives)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are allowed, where the constraint lists words."""
        found: list[str] = []
        for part in re.split(r"\s+or\s+", self.text):
            if part.startswith("one of "):
                found += [word.strip() for word in part.removeprefix("one of ").split(",")]
        return tuple(found)


def parse_constraint(text: str) -> Constraint:
    """Read the text between the brackets.

    Raises:
        ValueError: it is not in the grammar above.
    """
    alternatives = tuple(_alternative(part.strip()) for part in re.split(r"\s+or\s+", text))
    return Constraint(text, alternatives)


def _alternative(text: str) -> Callable[[Any], bool]:
    if text == "null":
        return lambda value: value is None
    if text.startswith("one of "):
        choices = [yaml.safe_load(word) for word in text.removeprefix("one of ").split(",")]
        # `True == 1` in Python, so the types are compared too.
        return lambda value: any(
            value == choice and isinstance(value, bool) == isinstance(choice, bool)
            for choice in choices
        )
    match = _TYPE.fullmatch(text)
    if match is None:
        raise ValueError(
            f"'[{text}]' is no constraint: it starts with one of {', '.join(_KINDS)}, 'one of' "
            "or 'null'"
        )
    kind, rest = match.group(1), (match.group(2) or "").strip()
    right_kind = _KINDS[kind]
    if not rest:
        return right_kind
    if kind == "list" and rest.startswith("of "):
        item = _alternative(rest.removeprefix("of ").strip())
        return lambda value: right_kind(value) and all(item(entry) for entry in value)
    if kind in ("int", "float"):
        in_bounds = _bounds(rest)
        return lambda value: right_kind(value) and in_bounds(value)
    raise ValueError(f"'[{text}]' is no constraint: {kind} takes no '{rest}'")


def _bounds(text: str) -> Callable[[float], bool]:
    if match := _RANGE.fullmatch(text):
        low, high = float(match.group(1)), float(match.group(2))
        return lambda value: low <= value <= high
    bounds = _BOUND.findall(text)
    if not bounds or re.sub(r"[\s,]|and", "", _BOUND.sub("", text)):
        raise ValueError(f"'{text}' is no range: write '0..1', '> 0' or '> 0, <= 2'")
    return lambda value: all(_COMPARISONS[sign](value, float(bound)) for sign, bound in bounds)
