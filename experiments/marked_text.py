"""Replaces the part of a page that a program writes and leaves the rest to its authors."""

import re
from collections.abc import Collection


def replace_marked(page: str, name: str, content: str) -> str:
    """`page` with `content` between its lines `<!-- name -->` and `<!-- /name -->`.

    Raises:
        ValueError: the page does not hold these two lines once, in this order.
    """
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    pattern = re.compile(rf"^{re.escape(start)}$.*?^{re.escape(end)}$", re.MULTILINE | re.DOTALL)
    if len(pattern.findall(page)) != 1:
        raise ValueError(f"the page needs the lines {start} and {end} once, in this order")
    return pattern.sub(lambda _: f"{start}\n{content.strip()}\n{end}", page)


def markdown_table(rows: list[list[str]], words: Collection[int] = (0,)) -> str:
    """Rows, the first being the head, as a Markdown table.

    Args:
        rows: cells of text.
        words: the columns that hold words; the others hold numbers and are set to the right.
    """
    rule = ["---" if column in words else "---:" for column in range(len(rows[0]))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]])
