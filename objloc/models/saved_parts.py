"""Imports what a saved model is made of: Keras finds only classes that are imported already."""

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

OWN_PARTS = "objloc.models"


def import_parts(config: Any, allowed: Sequence[str] = (OWN_PARTS,)) -> None:
    """Imports the modules of heads and layers that a model's saved config names.

    A head's module is thus named by its option and by the models that have it, and by no list.

    Args:
        config: what `keras.saving.serialize_keras_object` gave, or a part of it.
        allowed: modules, packages or dotted names of classes; other modules are left alone, for
            importing runs code, and the file may come from anywhere.

    Raises:
        ModuleNotFoundError: an allowed module does not exist here.
    """
    for module in named_modules(config):
        if any(_covers(entry, module) for entry in allowed):
            importlib.import_module(module)


def named_modules(config: Any) -> list[str]:
    """The modules that a model's saved config names, Keras' own left out, each once, sorted."""
    return sorted({name for name in _modules(config) if name.partition(".")[0] != "keras"})


def _covers(entry: str, module: str) -> bool:
    """True if the entry is the module, a package around it or a name within it."""
    return f"{module}.".startswith(f"{entry}.") or entry.startswith(f"{module}.")


def _modules(config: Any) -> Iterator[str]:
    if isinstance(config, dict):
        if "class_name" in config and isinstance(config.get("module"), str):
            yield config["module"]
        for value in config.values():
            yield from _modules(value)
    elif isinstance(config, list | tuple):
        for value in config:
            yield from _modules(value)
