"""Builds what a config node names in `_target_`, if the allow-list has it."""

import importlib
import inspect
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import execution_whitelist, instantiate
from omegaconf import DictConfig, ListConfig, OmegaConf

from objloc.config.check import targets_in
from objloc.config.spelling import hint, listing
from objloc.config.targets import KERAS, OPTUNA, OWN_PACKAGES, check_target
from objloc.errors import ConfigError

# What a backbone's function returns.
_KERAS_MODELS = (
    "keras.src.models.functional.Functional",
    "keras.src.models.model.Model",
    "keras.src.models.sequential.Sequential",
)
_ALLOWED_EXTRA: ContextVar[tuple[str, ...]] = ContextVar("allowed_targets", default=())


@contextmanager
def allow(targets: Iterable[str]) -> Iterator[None]:
    """Let `build` build these targets (dotted names or modules) too, inside the `with` block."""
    token = _ALLOWED_EXTRA.set(_ALLOWED_EXTRA.get() + tuple(targets))
    try:
        yield
    finally:
        _ALLOWED_EXTRA.reset(token)


def build(node: DictConfig | ListConfig | None, **arguments: Any) -> Any:
    """Call the node's `_target_` with its keys and `arguments`; nested nodes are built first.

    A mapping or list without `_target_` gives a dict or list of what its entries build; null
    gives None. `_partial_: true` gives a function that still wants arguments.

    Raises:
        ConfigError: a target is not allowed, doesn't exist, or takes no such argument.
    """
    if node is None:
        return None
    extra = _ALLOWED_EXTRA.get()
    root = node._get_full_key(None)
    targets = dict(targets_in(OmegaConf.to_container(node, resolve=True), root))
    for key, target in targets.items():
        check_target(key, target, extra)
    for key, target in targets.items():
        _locate(key, target)
    try:
        with execution_whitelist(_whitelist(tuple(targets.values()), extra), reset=True):
            return instantiate(node, _convert_="all", **arguments)
    except InstantiationException as error:
        raise ConfigError(f"{root} cannot be built: {error}") from error
    except TypeError as error:
        # Say which argument is wrong, where that is what the TypeError is about.
        if isinstance(node, DictConfig) and "_target_" in node:
            _check_arguments(root, node, arguments, error)
        raise


def _whitelist(targets: Sequence[str], extra: Sequence[str]) -> list[str]:
    """Hydra's own guard, which also sees what the resolved names really are."""
    # A name that is listed in full is trusted whatever it leads to; below a `.*` Hydra also looks
    # where the thing is defined, so `objloc.models.keras.utils.get_file` gets nowhere.
    transforms = [name for name in targets if name.startswith("albumentations.")]
    names = [*KERAS, *OPTUNA, *transforms, *(f"{package}.*" for package in OWN_PACKAGES)]
    names += [form for entry in extra for form in (entry, f"{entry}.*")]
    # Callable results (layers, metrics, models, transforms) are checked by the name of their class
    # where it is defined.
    names += map(_defined_name, transforms)
    if "keras" in sys.modules:
        names += [*map(_defined_name, KERAS), *_KERAS_MODELS]
    return names


def _defined_name(name: str) -> str:
    module, _, attribute = name.rpartition(".")
    found = getattr(importlib.import_module(module), attribute)
    return f"{found.__module__}.{found.__qualname__}"


def _locate(key: str, target: str) -> None:
    """Import the target's module, so that a wrong name gets an answer that helps."""
    parts = target.split(".")
    for end in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:end])
        try:
            found: Any = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
            continue
        for part in parts[end:]:
            if not hasattr(found, part):
                raise ConfigError(
                    f"{key}._target_={target}: {name} has no '{part}'.{hint(part, dir(found))}"
                )
            found = getattr(found, part)
        if parts[0] == "albumentations":
            _check_transform(key, target, found)
        return
    raise ConfigError(f"{key}._target_={target}: there is no module '{parts[0]}' to import")


def _check_transform(key: str, target: str, found: object) -> None:
    import albumentations

    kinds = (albumentations.BasicTransform, albumentations.BaseCompose)
    if not (inspect.isclass(found) and issubclass(found, kinds)):
        raise ConfigError(f"{key}._target_={target} is refused: it is no albumentations transform")


def _check_arguments(
    key: str, node: DictConfig, arguments: dict[str, Any], error: TypeError
) -> None:
    module, _, name = str(node["_target_"]).rpartition(".")
    target = getattr(importlib.import_module(module), name)
    parameters = inspect.signature(target).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    own = {"_target_", "_partial_", "_convert_", "_recursive_", "_args_"}
    for given in [*node, *arguments]:
        if given not in parameters and given not in own:
            raise ConfigError(
                f"{key}.{given}: {node['_target_']} takes no '{given}'."
                f"{hint(str(given), parameters)} It takes {listing(parameters)}"
            ) from error
