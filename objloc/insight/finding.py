"""What a part of an explanation has found, in the forms in which it is kept."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from objloc.page import Page

Table = tuple[Sequence[str], Sequence[Sequence[object]]]
"""Header and rows, as `objloc.page.Page.table` and a run logger's `log_table` take them."""


@runtime_checkable
class Finding(Protocol):
    """One part's result: the command puts it on the page and into the tracking store."""

    def add_to(self, page: Page) -> None:
        """Adds a section: a heading of level 2, what was done, what came of it, how to read it."""

    def metrics(self) -> Mapping[str, float]:
        """Numbers by name, such as `probe/smallest_object_px`; NaN where nothing is measurable."""

    def tables(self) -> Mapping[str, Table]:
        """Tables by name (`probe/size`): all numbers behind the page's curves."""

    def pictures(self) -> Mapping[str, UInt8[np.ndarray, "_h _w 3"]]:
        """Pictures, RGB, by name (`maps/scene_3`), that are worth finding in the store."""
