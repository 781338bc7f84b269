"""A comparison as one HTML file: the answer, drawings and tables."""

from collections.abc import Sequence

from objloc.comparison.comparison import Comparison
from objloc.comparison.comparison_plots import comparison_plots
from objloc.comparison.comparison_tables import (
    Table,
    failures_table,
    jobs_table,
    settings_table,
    tests_table,
)
from objloc.page import Page

_FOLDED_FROM = 21
"""Rows from which on a table is folded."""


def comparison_page(
    comparison: Comparison,
    title: str,
    subtitle: str = "",
    plots: Sequence[tuple[str, str]] | None = None,
) -> Page:
    """The page; `write` it where it is wanted.

    Args:
        comparison: what is shown.
        title: above the page: what was compared.
        subtitle: below it.
        plots: those of `comparison_plots`, if they have been drawn already.
    """
    page = Page(title, subtitle)
    page.heading("Answer")
    for sentence in comparison.sentences:
        page.paragraph(sentence)
    for svg, caption in comparison_plots(comparison) if plots is None else plots:
        page.figure(svg, caption)
    _table(page, settings_table(comparison))
    _table(page, tests_table(comparison))
    _table(page, failures_table(comparison))
    _table(page, jobs_table(comparison))
    return page


def _table(page: Page, table: Table) -> None:
    if not table.rows:
        return
    page.heading(table.title)
    if table.caption:
        page.paragraph(table.caption)
    if len(table.rows) < _FOLDED_FROM:
        page.table(table.header, table.rows, table.numeric)
        return
    with page.details(f"{len(table.rows)} rows"):
        page.table(table.header, table.rows, table.numeric)
