"""The `objloc` command: finds the commands of objloc and hands over to one of them."""

import ast
import importlib
import os
import sys
import textwrap
from pathlib import Path
from typing import NoReturn

from objloc import __version__
from objloc.config.spelling import hint

_PACKAGE = Path(__file__).resolve().parent


def commands() -> dict[str, str]:
    """Every command with the first paragraph of its docstring; nothing is imported.

    A command is a module directly in `objloc` that defines `main`.
    """
    found = {}
    for file in sorted(_PACKAGE.glob("*.py")):
        if file.stem.startswith("_") or file.stem == "cli":
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if any(_defines_main(statement) for statement in tree.body):
            first = (ast.get_docstring(tree) or "").partition("\n\n")[0]
            found[file.stem] = " ".join(first.split())
    return found


def main() -> None:
    """Run `objloc COMMAND …`, the same as `python -m objloc.COMMAND …`."""
    first = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if first in ("--help", "-h"):
        print(_help())
    elif first == "--version":
        print(f"objloc {__version__}")
    elif first in ("--shell-completion", "-sc"):
        _complete()
    elif first in commands():
        del sys.argv[1]
        _run(first)
    else:
        _fail(f"there is no command '{first}'.{hint(first, commands())} {_list()}")


def _defines_main(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.FunctionDef):
        return statement.name == "main"
    return isinstance(statement, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "main" for target in statement.targets
    )


def _run(command: str) -> None:
    importlib.import_module(f"objloc.{command}").main()


def _help() -> str:
    known = commands()
    width = max(map(len, known), default=0)
    lines = [
        textwrap.fill(
            f"{name:<{width}}  {text}",
            width=100,
            initial_indent="  ",
            subsequent_indent=" " * (width + 4),
        )
        for name, text in known.items()
    ]
    return "\n".join(
        [
            "objloc: say in YAML what to look for, train a localizer, compare every run.",
            "",
            "Usage: objloc COMMAND [group=option …] [key=value …] [flags]",
            "",
            *lines,
            "",
            "objloc COMMAND --help     everything that a command lets one choose",
            "objloc --version          the version",
            'eval "$(objloc -sc install=bash)"   shell completion (also zsh, fish)',
        ]
    )


def _list() -> str:
    return f"Commands: {', '.join(commands())}"


def _complete() -> None:
    """Hydra's shell completion, for `objloc COMMAND …`.

    The shell asks with the typed line in COMP_LINE; Hydra knows of one program, not of commands
    under it, so the command's word is taken out of the line.
    """
    known = commands()
    query = any(argument.startswith("query=") for argument in sys.argv)
    words = os.environ.get("COMP_LINE", "").split()
    if not query:
        _run(next(name for name in ("train", *known) if name in known))
    elif len(words) > 1 and words[1] in known:
        line = os.environ["COMP_LINE"]
        os.environ["COMP_LINE"] = line.replace(f" {words[1]}", "", 1)
        _run(words[1])
    else:
        print(" ".join(known))


def _fail(message: str) -> NoReturn:
    sys.stderr.write(f"error: {message}\n")
    sys.exit(2)
