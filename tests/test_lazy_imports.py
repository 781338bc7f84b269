"""Names come when they are asked for, and stay what they are."""

import importlib

import pytest

from objloc.lazy_imports import lazy_imports


@pytest.mark.parametrize("package", ["objloc.evaluation", "objloc.tracking", "objloc.training"])
def test_every_public_name_is_no_module_whatever_was_imported_before(package: str) -> None:
    module = importlib.import_module(package)
    for home in set(module._HOMES.values()):
        importlib.import_module(f"{package}.{home}")
    for name in module.__all__:
        assert not isinstance(getattr(module, name), type(importlib)), name


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match=r"'objloc\.evaluation' has no attribute 'nothing'"):
        lazy_imports("objloc.evaluation", {})("nothing")


def test_a_name_that_is_also_a_module_is_refused() -> None:
    with pytest.raises(ValueError, match="fit"):
        lazy_imports("package", {"fit": "fit"})
