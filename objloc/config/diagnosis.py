"""Turns Hydra's composition errors into one message: key, value, what is allowed, spelling."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import hydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from objloc.config.folders import groups
from objloc.config.spelling import hint, listing, nearest
from objloc.errors import ConfigError


def diagnose(
    error: Exception, overrides: Sequence[str], config_name: str, folders: Sequence[Path]
) -> ConfigError:
    """The error to show instead of Hydra's.

    Must be called while Hydra is initialized with `folders`.
    """
    options = {group: list(files) for group, files in groups(folders).items()}
    if isinstance(error, OverrideParseException):
        return _unreadable(error, options)
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        found = _unknown_option(error, options)
        if found is not None:
            return found
    try:
        parsed = OverridesParser.create().parse_overrides(list(overrides))
        found = _unknown_key(parsed, options, config_name)
    except HydraException:
        found = None
    return found or ConfigError(_plain(error))


def suspicious_addition(
    overrides: Sequence[Override], keys: Iterable[str], folders: Sequence[Path]
) -> ConfigError | None:
    """A `+key=…` that nothing reads and that is nearly a group's or key's name, or None.

    Hydra adds such a key without a word, and the run goes on without what was meant.

    Args:
        overrides: the command line.
        keys: the documented keys, dotted.
        folders: the folders of options.
    """
    options = groups(folders)
    known = {*(key.partition(".")[0] for key in keys), *options}
    for override in overrides:
        name = override.key_or_group.partition(".")[0].partition("@")[0]
        if override.is_add() and name not in known and (match := nearest(name, known)):
            return ConfigError(
                f"{override.input_line}: there is no group or key '{name}'. Did you mean "
                f"'{match}'? Groups: {listing(options)}"
            )
    return None


def _unreadable(error: OverrideParseException, options: dict[str, list[str]]) -> ConfigError:
    text = error.override
    if "=" not in text and not text.startswith("~"):
        places = [f"{group}={text}" for group, names in options.items() if text in names]
        wanted = f" Did you mean {listing(places)}?" if places else ""
        return ConfigError(f"'{text}' is no override: write key=value or group=option.{wanted}")
    reason = [line for line in str(error).splitlines() if line and "Error" not in line]
    reason = [line for line in reason if not line.startswith("See ")]
    return ConfigError(
        f"'{text}' cannot be read as key=value"
        + (f" ({reason[0].strip()})" if reason else "")
        + ". Quote it for the shell where it has brackets, spaces or commas: 'key=[1,2]'"
    )


def _unknown_option(
    error: MissingConfigException, options: dict[str, list[str]]
) -> ConfigError | None:
    group, _, name = str(error.missing_cfg_file).rpartition("/")
    if group not in options:
        return None
    where = str(error).splitlines()[0].partition(":")[0]
    inside = "" if where in ("In 'train'", "In 'preview'") else f"{where}: "
    return ConfigError(
        f"{inside}{group}={name}: there is no such option.{hint(name, options[group])} "
        f"Options of {group}: {listing(options[group])}"
    )


def _unknown_key(
    overrides: Sequence[Override], options: dict[str, list[str]], config_name: str
) -> ConfigError | None:
    chosen = [o for o in overrides if o.key_or_group in options and o.input_line is not None]
    for override in chosen:
        names = options[override.key_or_group]
        if override.is_delete() or override.is_sweep_override():
            continue
        if not isinstance(override.value(), str | list):
            return ConfigError(
                f"{override.input_line}: there is no such option. Options of "
                f"{override.key_or_group}: {listing(names)}; ~{override.key_or_group} for none"
            )
    try:
        config = hydra.compose(config_name, [str(o.input_line) for o in chosen])
    except (HydraException, OmegaConfBaseException, ValueError):
        return None
    for override in overrides:
        if override in chosen or override.key_or_group.startswith("hydra"):
            continue
        if override.is_add() or override.is_force_add():
            continue
        problem = _missing_part(override, config, options)
        if problem is not None:
            return problem
    return None


def _missing_part(
    override: Override, config: DictConfig, options: dict[str, list[str]]
) -> ConfigError | None:
    node: object = config
    walked: list[str] = []
    for part in override.key_or_group.split("."):
        if isinstance(node, ListConfig) and part.isdigit():
            node = node[int(part)] if int(part) < len(node) else None
        elif isinstance(node, DictConfig) and not node._is_none() and part in node:
            node = node[part]
        elif isinstance(node, DictConfig) and OmegaConf.is_missing(node, part):
            node = None  # there, but to be given
        else:
            known = [str(key) for key in node] if isinstance(node, DictConfig) and node else []
            known += [] if walked else [group for group in options if group not in known]
            place = ".".join(walked)
            wanted = nearest(part, known)
            elsewhere = [path for path in _paths(config) if path.split(".")[-1] == part]
            if wanted:
                path = ".".join([*walked, wanted])
                rest = override.key_or_group.split(".")[len(walked) + 1 :]
                whole = ".".join([path, *rest])
                guess = f" Did you mean '{whole if whole in _paths(config) else path}'?"
            elif elsewhere:
                guess = f" Did you mean '{elsewhere[0]}'?"
            else:
                guess = ""
            return ConfigError(
                f"{override.input_line}: there is no key '{override.key_or_group}'.{guess} "
                f"{f'Keys of {place}' if place else 'Groups and keys'}: {listing(known)}"
            )
        walked.append(part)
    return None


def _paths(node: DictConfig, prefix: str = "") -> Iterator[str]:
    for key in node:
        path = f"{prefix}{key!s}"
        yield path
        child = node._get_node(key)
        if isinstance(child, DictConfig) and not child._is_none() and not child._is_missing():
            yield from _paths(child, f"{path}.")


def _plain(error: Exception) -> str:
    """Hydra's own words, without the search path and the pointers to its pages."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    kept = []
    for line in lines:
        if line.startswith("Config search path"):
            break
        if not line.startswith("See "):
            kept.append(line.strip())
    if error.__cause__ is not None:
        kept += str(error.__cause__).splitlines()[:2]
    return "\n  ".join(kept) or type(error).__name__
