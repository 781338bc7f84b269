"""All that was found about a model, as one page and as files."""

import json
from collections.abc import Mapping

import numpy as np

from objloc.insight.finding import Finding
from objloc.page import Page


def explanation_page(
    title: str, subtitle: str, findings: Mapping[str, Finding], facts: Mapping[str, object]
) -> Page:
    """The page; `write` it where it is wanted.

    Args:
        title: above the page.
        subtitle: below the title.
        findings: what each part found, in the order of the page.
        facts: name to value: model, data, settings; shown at the end.
    """
    page = Page(title, subtitle)
    for finding in findings.values():
        finding.add_to(page)
    page.heading("What was looked at")
    page.table(["what", "value"], [[name, str(value)] for name, value in facts.items()])
    return page


def explanation_json(findings: Mapping[str, Finding], facts: Mapping[str, object]) -> str:
    """All numbers and tables, for programs; what is not a number is null."""
    content = {
        "facts": {name: str(value) for name, value in facts.items()},
        "metrics": {
            name: value
            for finding in findings.values()
            for name, value in finding.metrics().items()
        },
        "tables": {
            name: {"columns": list(header), "rows": [list(row) for row in rows]}
            for finding in findings.values()
            for name, (header, rows) in finding.tables().items()
        },
    }
    return json.dumps(_plain(content), indent=1, allow_nan=False) + "\n"


def _plain(value: object) -> object:
    """NumPy's numbers as Python's, and None for those that JSON has no word for."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)
