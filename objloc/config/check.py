"""Checks that every value of a composed config is allowed, before anything heavy is imported."""

from collections.abc import Iterator, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from objloc.config.option_file import KeyDoc
from objloc.config.spelling import hint
from objloc.config.targets import check_target
from objloc.errors import ConfigError

_MISSING = "???"


def check(config: DictConfig, docs: Mapping[str, KeyDoc]) -> None:
    """Raise ConfigError for the first value that its key's constraint or the target list refuses.

    Args:
        config: the composed config.
        docs: documented keys by their dotted path in `config`.
    """
    values = plain(config)
    for path, doc in docs.items():
        found, value = _lookup(values, path)
        if doc.constraint is None or not found:
            continue
        about = f"\n  {path}: {doc.text}" if doc.text else ""
        if value == _MISSING:
            raise ConfigError(f"{path} must be given: {path}=… ({doc.constraint.text}){about}")
        if not doc.constraint.allows(value):
            shown = _shown(value)
            raise ConfigError(
                f"{path}={shown} is not allowed; allowed: {doc.constraint.text}."
                f"{hint(shown, doc.constraint.words)}{about}"
            )
    for key, target in targets_in(values):
        check_target(key, target, values.get("allowed_targets") or ())


def plain(config: DictConfig, key: str = "") -> dict[str, Any]:
    """The config as plain dicts, lists and values, its interpolations resolved.

    Raises:
        ConfigError: an interpolation leads nowhere.
    """
    try:
        values = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        place = error.full_key or key
        raise ConfigError(f"{place}: {str(error).splitlines()[0]}") from error
    assert isinstance(values, dict)
    return {str(name): value for name, value in values.items()}


def targets_in(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every `_target_` inside plain values, as (dotted key of its node, target)."""
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list | tuple):
        entries = list(enumerate(value))
    else:
        return
    for name, child in entries:
        if name == "_target_":
            yield key, str(child)
        else:
            yield from targets_in(child, f"{key}.{name}" if key else str(name))


def _lookup(values: object, path: str) -> tuple[bool, object]:
    for part in path.split("."):
        if not isinstance(values, dict) or part not in values:
            return False, None
        values = values[part]
    return True, values


def _shown(value: object) -> str:
    """As one writes it in YAML."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
