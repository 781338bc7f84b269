"""One thing about a picture that a probe varies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt8

from objloc.insight.probes.shown import Shown

Value = float | int | str
"""Of a condition: a number, or the name of a kind."""


@dataclass(frozen=True)
class Condition:
    """What is varied, and how pictures come to show it.

    Attributes:
        name: part of the names of metrics and tables: `blur`.
        title: for people: "Blur".
        unit: of the values, as it stands behind them: " px"; "" of kinds.
        meaning: what a value says, in one or two sentences.
        values: what is tried, in order.
        show: makes base scene number so and so at a value; None where nothing of the object could
            be seen.
        empty: makes the scene of that number without an object; None where the condition says
            nothing about empty pictures.
        trained: the values that the model's training data holds, from and to, or its kinds; None
            where that is not known.
        logarithmic: equal factors are equally far on the axis.
    """

    name: str
    title: str
    unit: str
    meaning: str
    values: tuple[Value, ...]
    show: Callable[[int, Any], Shown | None]
    empty: Callable[[int, Any], UInt8[np.ndarray, "_h _w 3"]] | None = None
    trained: tuple[Value, ...] | None = None
    logarithmic: bool = False

    @property
    def is_of_kinds(self) -> bool:
        """Whether its values are names, between which there is nothing."""
        return isinstance(self.values[0], str)

    def text(self, value: Value) -> str:
        """A value for people, with its unit."""
        return value if isinstance(value, str) else f"{value:g}{self.unit}"

    def trained_text(self) -> str:
        """The values of the training data for people."""
        if self.trained is None:
            return "not known"
        if self.is_of_kinds:
            return ", ".join(str(kind) for kind in self.trained)
        low, high = self.trained
        return self.text(low) if low == high else f"{low:g} to {self.text(high)}"
