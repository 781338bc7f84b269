"""A part of an explanation that there is none of, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from objloc.insight.finding import Table
from objloc.page import Page


@dataclass(frozen=True)
class Omitted:
    """Stands on the page where a part would (`objloc.insight.finding.Finding`).

    Attributes:
        title: the part's heading.
        reason: why it is left out, as sentences.
    """

    title: str
    reason: str

    def add_to(self, page: Page) -> None:
        """The heading and the reason."""
        page.heading(self.title)
        page.paragraph(f"Left out: {self.reason}")

    def metrics(self) -> Mapping[str, float]:
        """None."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """None."""
        return {}

    def pictures(self) -> Mapping[str, UInt8[np.ndarray, "_h _w 3"]]:
        """None."""
        return {}
