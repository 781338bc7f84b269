"""Refuses option values that are none of those allowed, by the names they have in a config."""

from objloc.errors import ConfigError

_WORDS = {
    "resize": ("letterbox", "stretch"),
    "splits": ("own", "content"),
    "invalid_boxes": ("stop", "skip", "clip"),
    "invalid_pictures": ("stop", "skip"),
}


def check_words(**values: str) -> None:
    """Raises ConfigError for a word that its option doesn't know."""
    for name, value in values.items():
        if value not in _WORDS[name]:
            raise ConfigError(f"dataset.{name} is {value}; it is one of {', '.join(_WORDS[name])}")


def check_least(least: int, **values: int | None) -> None:
    """Raises ConfigError for a number below `least`."""
    for name, value in values.items():
        if value is not None and value < least:
            raise ConfigError(f"dataset.{name} is {value}; it must be at least {least}")
