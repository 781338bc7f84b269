"""What `objloc.check` finds in three published datasets."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from experiments.marked_text import markdown_table
from experiments.raccoon.training import REPOSITORY

SETS = {
    "raccoon_voc": ("raccoon", ["dataset=voc"]),
    "foosball_coco": ("foosball", ["dataset=coco"]),
    "cells_yolo": ("cells", ["dataset=yolo"]),
}
"""Folder of a dataset → what to call it, and the words that it needs."""


def doctor_table(data: Path) -> str:
    """Check each set as a user would; one row for each kind of finding, with one example.

    Raises:
        RuntimeError: the check itself failed; findings, even errors, are no failure.
    """
    rows = [["dataset", "finding", "severity", "how many", "the first of them"]]
    lines = []
    for folder, (title, words) in SETS.items():
        with tempfile.TemporaryDirectory() as scratch:
            found = _check([*words, f"dataset.root='{data / folder}'", f"output='{scratch}/out'"])
        sizes = ", ".join(f"{one['name']} {one['pictures']}" for one in found["splits"])
        lines.append(
            f"- **{title}** ({sizes} pictures, {found['statistics']['objects']:,} objects; "
            f"classes {', '.join(found['classes'])}): {found['verdict']}"
        )
        for kind in found["kinds"]:
            first = next(one for one in found["findings"] if one["kind"] == kind["kind"])
            example = f"`{first['file']}`: {first['where']}{': ' * bool(first['where'])}"
            rows.append(
                [
                    title,
                    kind["kind"].replace("_", " "),
                    kind["severity"],
                    str(kind["count"]),
                    f"{example}{first['message']}".replace("|", "\\|"),
                ]
            )
    return "\n".join([*lines, "", markdown_table(rows, words=(0, 1, 2, 4))])


def _check(words: Sequence[str]) -> dict:
    """The findings of `objloc.check`, as its JSON file has them."""
    command = [sys.executable, "-m", "objloc.check", *words]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    output = words[-1].partition("=")[2].strip("'")
    file = Path(output) / "findings.json"
    if not file.exists():
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(file.read_text(encoding="utf-8"))
