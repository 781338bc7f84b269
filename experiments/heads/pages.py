"""Rewrites the tables of the study's page; the words between them are their authors'."""

from pathlib import Path

from experiments.heads.plan import TASKS
from experiments.heads.record import Results, by_head
from experiments.heads.tables import beside_note, cost_table, quality_table
from experiments.ladder.tables import measured_on
from experiments.marked_text import replace_marked


def write_page(page: Path, results: Results) -> None:
    """Rewrite the tables of `experiments/heads/README.md`."""
    text = page.read_text(encoding="utf-8")
    where = "\n".join(filter(None, (measured_on(results.records), beside_note(results.records))))
    text = replace_marked(text, "machine", where)
    for task in TASKS:
        tables = f"{quality_table(results, task)}\n\n{cost_table(results, task)}"
        text = replace_marked(text, task, tables)
    text = replace_marked(text, "pictures", sheets(page.parent, results))
    page.write_text(text, encoding="utf-8")


def sheets(folder: Path, results: Results) -> str:
    """Links to the pictures that are there."""
    links = [
        f"**{task}** ({', '.join(by_head(results, task))})\n\n"
        f"![{task}: a row of test pictures for each head](pictures/{task}.webp)"
        for task in TASKS
        if (folder / "pictures" / f"{task}.webp").exists()
    ]
    return "\n\n".join(links) or "Not measured yet."
