"""A sentence about the models that is printed only as the measurement bears it out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claim:
    """Something that a measurement may show or not, worded for either outcome.

    Attributes:
        name: for programs.
        number: what was measured.
        threshold: the claim holds where `number` is at least this.
        sentence: what is then printed; `{number}`, `{threshold}` and the names of `others` stand
            for numbers, with a format behind a colon.
        otherwise: what is printed else.
        others: further numbers of this run in the sentences.
    """

    name: str
    number: float
    threshold: float
    sentence: str
    otherwise: str
    others: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_measured(self) -> bool:
        """Whether all of its numbers are numbers: else nothing can be claimed."""
        return all(math.isfinite(value) for value in (self.number, *self.others.values()))

    @property
    def holds(self) -> bool:
        """Whether the measurement bears it out."""
        return self.number >= self.threshold

    @property
    def text(self) -> str:
        """The sentence that is true of this run."""
        if not self.is_measured:
            return f"Nothing of this could be measured ({self.name.replace('_', ' ')})."
        sentence = self.sentence if self.holds else self.otherwise
        return sentence.format(number=self.number, threshold=self.threshold, **self.others)
