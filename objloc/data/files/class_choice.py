"""Which of a dataset's classes are used."""

import difflib
from collections.abc import Sequence

from objloc.errors import ConfigError

_SHOWN = 20


def choose_classes(available: Sequence[str], wanted: Sequence[str] | None) -> tuple[str, ...]:
    """The classes to use, in the order of the labels.

    Args:
        available: those of the dataset.
        wanted: those asked for; None for all.

    Raises:
        ConfigError: none is asked for, one twice, or one that the dataset doesn't have.
    """
    if wanted is None:
        return tuple(available)
    if not wanted or len(set(wanted)) < len(wanted):
        raise ConfigError(f"dataset.classes={list(wanted)}: name each class once, at least one")
    for name in wanted:
        if name not in available:
            near = difflib.get_close_matches(name, available, n=3)
            meant = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
            known = ", ".join(available[:_SHOWN]) + (", …" if len(available) > _SHOWN else "")
            raise ConfigError(
                f"dataset.classes: the labels have no class '{name}'. {meant}They have: {known}"
            )
    return tuple(wanted)
