"""Public names of a package that are imported when they are first asked for."""

import importlib
import sys
from collections.abc import Callable, Mapping


def lazy_imports(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of a package whose parts may be heavy to import (PEP 562).

    Args:
        package: the package's ``__name__``.
        homes: public name to the module, below the package, that defines it.

    Raises:
        ValueError: a name is also the name of a module: importing the module would put it in the
            name's place.
    """
    clashes = set(homes) & set(homes.values())
    if clashes:
        raise ValueError(f"{package}: modules named like what they define: {sorted(clashes)}")

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return get
