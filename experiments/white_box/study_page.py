"""The study's page: sections, below which findings stand as if they were written for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from objloc.page import Page


class StudyPage(Page):
    """A page that can take in what was made for a page of its own, one level further down."""

    def __init__(self, title: str, subtitle: str = "") -> None:
        super().__init__(title, subtitle)
        self._down = 0

    @contextmanager
    def further_down(self) -> Iterator[None]:
        """Inside the block, a heading of level 2 is one of level 3, and so on."""
        self._down += 1
        try:
            yield
        finally:
            self._down -= 1

    def heading(self, text: str, level: int = 2) -> None:
        """As a page's."""
        super().heading(text, min(level + self._down, 6))
