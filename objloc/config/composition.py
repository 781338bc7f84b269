"""Composes a config from overrides, checked, with errors that say what would be right."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import hydra
from hydra.errors import HydraException
from omegaconf import DictConfig, ListConfig, open_dict
from omegaconf.errors import OmegaConfBaseException

from objloc.config.check import check
from objloc.config.diagnosis import diagnose
from objloc.config.folders import search_folders
from objloc.config.option_file import KeyDoc, read_option_file

# These groups stand in the defaults list as null, so that the command line's choice comes after
# everything an experiment chooses. Hydra would refuse the `+` that its users are used to.
_NULL_GROUPS = ("experiment", "sampler", "pruner", "sweep", "debug")


@dataclass(frozen=True)
class Composition:
    """A composed config.

    Attributes:
        config: the job's config, without Hydra's own.
        hydra: Hydra's own config.
        docs: the documented keys, by their dotted path in `config`.
    """

    config: DictConfig
    hydra: DictConfig
    docs: dict[str, KeyDoc]


def compose(
    overrides: Sequence[str] = (),
    config_name: str = "train",
    config_dir: str | Path | None = None,
    *,
    checked: bool = True,
) -> Composition:
    """Compose a command's config as its command line would.

    Args:
        overrides: what follows the command: `["+experiment=emoji", "loss.weights.box=5"]`.
        config_name: the primary config, the command's name.
        config_dir: a folder of the user's own options (`--config-dir`).
        checked: refuse values and targets that are not allowed.

    Raises:
        ConfigError: with the key, the value, what is allowed and the nearest right spelling.
    """
    folders = search_folders(config_dir)
    overrides = normalize(overrides)
    sources = [f"file://{folder}" for folder in folders]
    with hydra.initialize_config_search_path(sources, job_name=config_name):
        try:
            config = hydra.compose(config_name, list(overrides), return_hydra_config=True)
            docs = _docs(config_name, config, folders)
        # ValueError is Hydra's answer to a number where an option's name belongs.
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            raise diagnose(error, overrides, config_name, folders) from error
    own = config.hydra
    with open_dict(config):
        del config["hydra"]
    if checked:
        check(config, docs)
    return Composition(config, own, docs)


def normalize(overrides: Sequence[str]) -> list[str]:
    """`+experiment=x` and `experiment=x` mean the same, and so do `+debug=x` and `debug=x`."""
    prefixes = tuple(f"+{group}=" for group in _NULL_GROUPS)
    return [text[1:] if text.startswith(prefixes) else text for text in overrides]


def _docs(config_name: str, config: DictConfig, folders: Sequence[Path]) -> dict[str, KeyDoc]:
    """The documented keys of every option file that the composition is made of.

    Hydra notes the choice of each group; asking it for the whole list of files would be composing
    a second time.
    """
    docs: dict[str, KeyDoc] = {}
    chosen = {"": config_name, **config.hydra.runtime.choices}
    for place, option in chosen.items():
        if option is None or str(place).startswith("hydra"):
            continue
        group, _, package = str(place).partition("@")
        names = option if isinstance(option, ListConfig) else [option]
        for name in names:
            package = package or group.replace("/", ".")
            docs.update(_documented(f"{group}/{name}".lstrip("/"), package, folders))
    return docs


def _documented(config_path: str, package: str, folders: Sequence[Path]) -> dict[str, KeyDoc]:
    files = [folder / f"{config_path}.yaml" for folder in folders]
    file = next(filter(Path.is_file, files), None)
    if file is None:
        return {}
    option = read_option_file(file)
    if option.is_global:
        package = ""
    docs: dict[str, KeyDoc] = {}
    group = config_path.rpartition("/")[0]
    for base in option.bases:  # perhaps in another folder: the user's option on objloc's
        docs.update(_documented(f"{group}/{base}".lstrip("/"), package, folders))
    for path, doc in option.keys.items():
        full = f"{package}.{path}" if package else path
        # An option that only sets a key of the one it builds on leaves that key's comment alone.
        if (doc.constraint is not None or full not in docs) and (
            full.partition(".")[0] not in ("defaults", "hydra")
        ):
            docs[full] = doc
    return docs
