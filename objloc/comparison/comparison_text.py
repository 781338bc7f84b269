"""A comparison in Markdown that reads well in a terminal, too: the answer, then the tables."""

from collections.abc import Sequence
from dataclasses import replace

from objloc.comparison.comparison import Comparison
from objloc.comparison.comparison_tables import (
    Table,
    failures_table,
    jobs_table,
    settings_table,
    tests_table,
)

_FAILURES = 10


def short_text(comparison: Comparison) -> str:
    """The answer, the settings with their means, and the first runs that did not finish."""
    failed = failures_table(comparison)
    tables = [settings_table(comparison), replace(failed, rows=failed.rows[:_FAILURES])]
    shown = [_markdown(table) for table in tables if table.rows]
    return "\n\n".join([_answer(comparison), *shown]) + "\n"


def full_text(comparison: Comparison, title: str) -> str:
    """Everything: the answer, settings, tests, jobs, and what did not finish."""
    parts = [f"# {title}", _answer(comparison)]
    tables = [settings_table(comparison), tests_table(comparison)]
    for table in [*tables, jobs_table(comparison), failures_table(comparison)]:
        if table.rows:
            caption = [table.caption] if table.caption else []
            parts += [f"## {table.title}", *caption, _markdown(table)]
    return "\n\n".join(parts) + "\n"


def _answer(comparison: Comparison) -> str:
    return "\n".join(f"- {sentence}" for sentence in comparison.sentences)


def _markdown(table: Table) -> str:
    """A Markdown table whose columns are aligned as they stand."""
    rows = [[_cell(cell) for cell in row] for row in [table.header, *table.rows]]
    widths = [max(3, *(len(cell) for cell in column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths, table.numeric) for row in rows]
    rule = [
        "-" * (width - 1) + (":" if column in table.numeric else "-")
        for column, width in enumerate(widths)
    ]
    return "\n".join([lines[0], f"| {' | '.join(rule)} |", *lines[1:]])


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if column in numeric else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def _cell(text: str) -> str:
    """On one line, and without the sign that ends a cell."""
    return " ".join(text.split()).replace("|", "\\|")
