"""Brings everything that quotes the ladder's results up to date: pages, headers, the strip."""

from collections.abc import Sequence
from pathlib import Path

from experiments.ladder.headers import measured, with_measured
from experiments.ladder.pictures import make_strip
from experiments.ladder.record import Record
from experiments.ladder.results import STEPS, by_experiment
from experiments.ladder.tables import (
    main_table,
    measured_on,
    seed_table,
    short_table,
    size_table,
)
from experiments.marked_text import replace_marked
from objloc.config.option_file import title


def write_ladder_page(page: Path, records: Sequence[Record]) -> None:
    """Rewrite the tables of `experiments/ladder/README.md`."""
    text = page.read_text(encoding="utf-8")
    for name, content in (
        ("machine", measured_on(records)),
        ("results", main_table(records)),
        ("sizes", size_table(records)),
        ("seeds", seed_table(records)),
    ):
        text = replace_marked(text, name, content)
    page.write_text(text, encoding="utf-8")


def write_readme(page: Path, records: Sequence[Record], experiments: Path) -> None:
    """Rewrite the table of the project's README; `experiments` is conf/experiment."""
    scenes = {file.stem: title(file) for file in experiments.glob("*.yaml")}
    table = short_table(records, scenes, page="experiments/ladder/README.md")
    text = page.read_text(encoding="utf-8")
    text = replace_marked(text, "ladder", f"{table}\n\n{measured_on(records)}")
    page.write_text(text, encoding="utf-8")


def write_headers(experiments: Path, records: Sequence[Record]) -> None:
    """Rewrite the line `# Measured: …` of each measured experiment in conf/experiment."""
    for name, group in by_experiment(records).items():
        file = experiments / f"{name}.yaml"
        text = with_measured(file.read_text(encoding="utf-8"), measured(group))
        file.write_text(text, encoding="utf-8")


def write_strip(pictures: Path) -> None:
    """Rewrite `strip.png`: two test predictions of each step that has a sheet."""
    sheets = [pictures / f"{name}.webp" for name in STEPS]
    make_strip([sheet for sheet in sheets if sheet.exists()], pictures / "strip.png")
