"""Passwords in URLs, blotted out of what others may read."""

import re
from collections.abc import Mapping
from typing import Any

import yaml


def masked(text: str) -> str:
    """The text with the user and password of every URL in it blotted out."""
    return re.sub(r"://[^/\s@]+@", "://***@", text)


def masked_settings(settings: Any) -> Any:
    """Nested settings, or a value in them, with each of their texts masked."""
    if isinstance(settings, str):
        return masked(settings)
    if isinstance(settings, Mapping):
        return {masked_settings(key): masked_settings(one) for key, one in settings.items()}
    if isinstance(settings, list | tuple):
        return [masked_settings(one) for one in settings]
    return settings


def config_text(config: Mapping[str, object]) -> str:
    """A composed config as the text of a `config.yaml`, masked."""
    return yaml.safe_dump(masked_settings(config), sort_keys=False, allow_unicode=True)
