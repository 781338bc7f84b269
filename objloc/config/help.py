"""The text of `--help`: groups, options and experiments, from the option files' own comments."""

import os
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

from objloc.config.option_file import read_option_file, title

_WIDTH = 100
# Chosen before anything else, so they come first, with a line for each option.
_FIRST = ("experiment", "debug")


def command_help(
    name: str, description: str, primary: Path, options: Mapping[str, Mapping[str, Path]]
) -> str:
    """Everything that one can choose, a line for each option.

    Args:
        name: the command.
        description: what it does: its module's docstring.
        primary: the command's primary config.
        options: the files of each group's options.
    """
    call = program(name)
    parts = [description, f"Usage: {call} [group=option …] [key=value …] [flags]"]
    if "experiment" in options:
        example = "multiclass" if "multiclass" in options["experiment"] else "NAME"
        parts.append(
            "Examples:\n"
            f"  {call} +experiment={example}\n"
            f"  {call} +experiment={example} optimizer.learning_rate=3e-3\n"
            f"  {call} -m +experiment={example} loss.weights.box=1,2,5   a sweep: one job a value\n"
            f"  {call} +experiment={example} debug=smoke    two steps, to see that it runs"
        )
    for group in sorted(options, key=lambda group: (group not in _FIRST, group)):
        lines = [f"{group}=…"]
        width = max(len(option) for option in options[group])
        for option, file in options[group].items():
            lines.append(f"  {option:<{width}}  {_cut(title(file), _WIDTH - width - 4)}")
        parts.append("\n".join(lines))
    keys = [
        f"  {f'{doc.path}={doc.default}':<28} {doc.text}"
        + (f"  [{doc.constraint.text}]" if doc.constraint else "")
        for doc in read_option_file(primary).keys.values()
        if "." not in doc.path and doc.path not in ("defaults", "hydra")
    ]
    if keys:
        parts.append("Keys that belong to no group:\n" + "\n".join(keys))
    parts.append(
        f"More:\n"
        f"  {call} --help GROUP        a group's keys: default, what is allowed\n"
        f"  {call} --cfg job           the whole config, nothing run\n"
        f"  {call} --config-dir DIR    options of your own: DIR/<group>/<option>.yaml\n"
        f"  {call} --hydra-help        Hydra's own flags\n"
        f'  eval "$(objloc -sc install=bash)"   completion for the objloc command (also zsh, fish)'
    )
    return "\n\n".join(parts)


def group_help(group: str, files: Mapping[str, Path]) -> str:
    """The keys of each of a group's options, with default, comment and constraint."""
    parts = []
    for option, file in files.items():
        document = read_option_file(file)
        lines = [f"{group}={option}   {document.title}"]
        prefix = "" if document.is_global else f"{group.replace('/', '.')}."
        for doc in document.keys.values():
            if doc.constraint is None:
                continue
            lines.append(f"  {prefix}{doc.path}={doc.default}")
            text = f"{doc.text}  [{doc.constraint.text}]"
            lines += textwrap.wrap(text, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def program(name: str) -> str:
    """How the user called the command: `objloc train` or `python -m objloc.train`."""
    called = os.path.basename(sys.argv[0])
    return f"python -m objloc.{name}" if called.endswith(".py") else f"objloc {name}"


def _cut(text: str, width: int) -> str:
    return textwrap.shorten(text, width, placeholder=" …") if len(text) > width else text
