"""Checks that every value of a composed config is allowed, before anything heavy is imported."""

from collections.abc import Iterator, Mapping

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from objloc.config.option_file import KeyDoc
from objloc.config.spelling import hint
from objloc.config.targets import check_target
from objloc.errors import ConfigError


def check(config: DictConfig, docs: Mapping[str, KeyDoc]) -> None:
    """Raise ConfigError for the first value that its key's constraint or the target list refuses.

    Args:
        config: the composed config.
        docs: documented keys by their dotted path in `config`.
    """
    for path, doc in docs.items():
        if doc.constraint is None:
            continue
        value = _select(config, path, doc)
        if value is _ABSENT or doc.constraint.allows(value):
            continue
        shown = _shown(value)
        raise ConfigError(
            f"{path}={shown} is not allowed; allowed: {doc.constraint.text}."
            f"{hint(shown, doc.constraint.words)}"
            + (f"\n  {path}: {doc.text}" if doc.text else "")
        )
    extra = OmegaConf.select(config, "allowed_targets") or []
    for key, target in targets_in(config):
        check_target(key, target, tuple(extra))


def targets_in(node: DictConfig | ListConfig, key: str = "") -> Iterator[tuple[str, str]]:
    """Every `_target_` inside a node, as (dotted key of its node, target)."""
    names = list(node.keys()) if isinstance(node, DictConfig) else list(range(len(node)))
    for name in names:
        if OmegaConf.is_missing(node, name):
            continue
        value = node[name]
        if name == "_target_":
            yield key, str(value)
        elif isinstance(value, DictConfig | ListConfig) and not value._is_none():
            yield from targets_in(value, f"{key}.{name}" if key else str(name))


def _shown(value: object) -> str:
    """As one writes it in YAML."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Absent:
    """Stands for a key that the config does not have."""


_ABSENT = _Absent()


def _select(config: DictConfig, path: str, doc: KeyDoc) -> object:
    parent_path, _, key = path.rpartition(".")
    try:
        parent = OmegaConf.select(config, parent_path) if parent_path else config
        if not isinstance(parent, DictConfig) or key not in parent:
            # `key in parent` is false for "???" too.
            if isinstance(parent, DictConfig) and OmegaConf.is_missing(parent, key):
                allowed = doc.constraint.text if doc.constraint else "any value"
                raise ConfigError(f"{path} must be given: {path}=… ({allowed})\n  {doc.text}")
            return _ABSENT
        value = parent[key]
    except OmegaConfBaseException as error:
        raise ConfigError(f"{path}: {str(error).splitlines()[0]}") from error
    return OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
