"""The config of a run that is continued: the one that it was started with."""

from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from objloc.config.spelling import listing
from objloc.errors import ConfigError

# They say which run is meant and where it is, not what it does.
_LOOKUP_KEYS = ("resume", "output_root", "hydra")


def resumed_config(composed: DictConfig, overrides: Sequence[str], folder: Path) -> DictConfig:
    """The config that the run in `folder` was started with, `resume` set.

    Args:
        composed: what the command line composes to.
        overrides: the command line; where it says more than which run, it must compose to the
            same config as the run was started with.
        folder: the run's folder, which holds `config.yaml`.

    Raises:
        ConfigError: there is no readable `config.yaml`, or the command line asks for another
            experiment than the one that is resumed.
    """
    saved = _read(folder / "config.yaml")
    if any(_key(text) not in _LOOKUP_KEYS for text in overrides):
        differing = _differing(composed, saved)
        if differing:
            raise ConfigError(
                f"resume={composed.resume}: {folder} belongs to another experiment; these keys "
                f"differ: {listing(differing)}. Give resume=… alone to go on with the run as it "
                "was started, or start a new run without it"
            )
    with open_dict(saved):
        for key in _LOOKUP_KEYS:
            if key in composed:
                saved[key] = composed[key]
    OmegaConf.set_struct(saved, True)
    return saved


def _key(override: str) -> str:
    return override.lstrip("+~").partition("=")[0].partition(".")[0].partition("/")[0]


def _read(file: Path) -> DictConfig:
    try:
        saved = OmegaConf.load(file)
    except (OSError, YAMLError, OmegaConfBaseException) as error:
        raise ConfigError(
            f"{file} cannot be read, so this run cannot be resumed: {error}"
        ) from error
    if not isinstance(saved, DictConfig):
        raise ConfigError(f"{file} is no config, so this run cannot be resumed")
    return saved


def _differing(composed: DictConfig, saved: DictConfig) -> list[str]:
    one, other = _flat(composed), _flat(saved)
    return [
        f"{key} (saved {_show(other, key)}, now {_show(one, key)})"
        for key in dict.fromkeys([*other, *one])
        if key.partition(".")[0] not in _LOOKUP_KEYS
        and ((key in one) != (key in other) or one.get(key) != other.get(key))
    ]


def _show(values: dict[str, object], key: str) -> str:
    return repr(values[key]) if key in values else "absent"


def _flat(config: DictConfig) -> dict[str, object]:
    """Leaves by dotted path; an empty mapping or list is a leaf."""
    leaves: dict[str, object] = {}

    def walk(value: object, path: str) -> None:
        if isinstance(value, dict) and value:
            for key, child in value.items():
                walk(child, f"{path}.{key}" if path else str(key))
        else:
            leaves[path] = value

    walk(OmegaConf.to_container(config, resolve=True), "")
    return leaves
