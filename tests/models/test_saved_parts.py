"""Which modules a saved model may have imported."""

import sys
from pathlib import Path

import pytest

from objloc.models.saved_parts import import_parts, named_modules


def part(module: str | None, name: str = "Part", **config: object) -> dict:
    return {"module": module, "class_name": name, "config": config, "registered_name": f"x>{name}"}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that nobody has imported."""
    (tmp_path / "parts_of_mine.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "parts_of_mine", raising=False)
    return "parts_of_mine"


def test_modules_are_found_at_any_depth() -> None:
    layers = [part("keras.layers"), {"inner": part("b.c", inner=part("a"))}]
    config = {**part(None, layers=layers), "module": "d", "compile_config": {"module": "not one"}}
    assert named_modules(config) == ["a", "b.c", "d"]


@pytest.mark.parametrize("allowed", ["parts_of_mine", "parts_of_mine.Part"])
def test_what_is_allowed_is_imported(module: str, allowed: str) -> None:
    import_parts([part(module)], [allowed])
    assert module in sys.modules


@pytest.mark.parametrize("allowed", ["objloc.models", "parts", "parts_of_mine_too.Part"])
def test_nothing_else_is_imported(module: str, allowed: str) -> None:
    import_parts(part(module), [allowed])
    assert module not in sys.modules


def test_a_part_that_is_gone_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"objloc\.models\.heads\.gone"):
        import_parts(part("objloc.models.heads.gone"))
