"""Nested settings as flat names and short strings, the way MLflow stores them."""

import re
from collections.abc import Iterator, Mapping

from objloc.tracking.masked import masked

MAX_NAME, MAX_VALUE = 250, 6000
"""MLflow's limits on a param's name and value, in characters."""


def flatten(settings: Mapping[str, object]) -> dict[str, str]:
    """`{"loss": {"weights": {"box": 5}}}` to `{"loss.weights.box": "5"}`.

    Lists of plain values stay one value; lists that hold mappings are numbered
    (`augment.image.0.p`). Passwords in URLs are masked; what is too long is cut, ending in "…".
    """
    flat = {}
    for name, value in _leaves("", settings):
        # MLflow takes letters, digits and _ - . / : and space in a name.
        name = re.sub(r"[^\w\-. /:]", "_", name, flags=re.ASCII)
        flat[_cut(name, MAX_NAME, "...")] = _cut(masked(str(value)), MAX_VALUE, "…")
    return flat


def _leaves(prefix: str, value: object) -> Iterator[tuple[str, object]]:
    """Dotted names and the values that are no longer nested."""
    children: Iterator[tuple[object, object]] | None = None
    if isinstance(value, Mapping) and value:
        children = iter(value.items())
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        children = iter(enumerate(value))
    if children is None:
        if prefix:
            yield prefix, value
        return
    for key, child in children:
        yield from _leaves(f"{prefix}.{key}" if prefix else str(key), child)


def _cut(text: str, limit: int, ending: str) -> str:
    """The text, or as much of it as fits before the ending."""
    return text if len(text) <= limit else text[: limit - len(ending)] + ending
