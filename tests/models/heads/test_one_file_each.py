"""A head is one module under objloc/models/heads and its options under conf/head: nothing more."""

import ast
import shutil
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, fresh_python

HEADS = REPOSITORY / "objloc" / "models" / "heads"
PACKAGE = "objloc.models.heads"
SHARED = {"__init__", "head"}
LEFT = "regression"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which one head is left, and one is new."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("objloc", "conf"):
        ignore = shutil.ignore_patterns("__pycache__", "*.webp", "*.png")
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignore)
    heads, options = folder / "objloc" / "models" / "heads", folder / "conf" / "head"
    for file in heads.glob("*.py"):
        if file.stem not in {*SHARED, LEFT}:
            file.unlink()
    for file in options.glob("*.yaml"):
        if f"{PACKAGE}.{LEFT}." not in file.read_text("utf-8"):
            file.unlink()
    code = (heads / f"{LEFT}.py").read_text("utf-8")
    (heads / "mine.py").write_text(code.replace("class Regression(", "class Mine("), "utf-8")
    option = (options / f"{LEFT}.yaml").read_text("utf-8")
    option = option.replace(f"{PACKAGE}.{LEFT}.Regression", f"{PACKAGE}.mine.Mine")
    (options / "mine.yaml").write_text(option, "utf-8")
    return folder


def python(folder: Path, *words: str) -> str:
    """What a process says in which objloc is that of the folder."""
    return fresh_python(*words, cwd=folder, objloc_in=folder)


def test_options_are_listed_and_compose(checkout: Path) -> None:
    listed = python(checkout, "-m", "objloc.train", "--help", "head")
    names = {line.split()[0] for line in listed.splitlines() if line.startswith("head=")}
    assert {"head=regression", "head=pooled", "head=mine"} <= names
    assert not {"head=grid", "head=soft_argmax"} & names
    config = python(
        checkout, "-m", "objloc.train", "+experiment=white_box", "head=mine", "--cfg", "job"
    )
    assert f"_target_: {PACKAGE}.mine.Mine" in config


def test_all_else_works_without_the_others_and_with_a_new_one(checkout: Path) -> None:
    """Every module is imported; the new head is built from its option, saved and read back."""
    code = f"""
import importlib, pkgutil, sys
import objloc
for module in pkgutil.walk_packages(objloc.__path__, "objloc."):
    if module.name not in ("objloc.__main__", "objloc.tracking.pyfunc_model", "{PACKAGE}.mine"):
        importlib.import_module(module.name)
from objloc.config import build, compose
from objloc.models import Localizer
from objloc.models.backbones import convolutional
head = build(compose(["head=mine"]).config.head, num_classes=2)
Localizer(convolutional(64, [4, 4, 4], [0, 0, 0]), head, ["a", "b"], 64).save("mine.keras")
print(objloc.__file__, {{name for name in sys.modules if name.startswith("{PACKAGE}.")}})
"""
    made = python(checkout, "-c", code)
    assert str(checkout / "objloc") in made
    assert f"{PACKAGE}.grid" not in made
    read = """
from pathlib import Path
from objloc.tracking import load_localizer
print(type(load_localizer("mine.keras").head))
"""
    assert f"{PACKAGE}.mine.Mine" in python(checkout, "-c", read)


def test_no_head_needs_another() -> None:
    modules = [file for file in HEADS.glob("*.py") if file.stem not in SHARED]
    assert len(modules) >= 3
    for file in modules:
        found = {
            node.module
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module
        }
        assert {name for name in found if name.startswith(PACKAGE)} == {f"{PACKAGE}.head"}, file
