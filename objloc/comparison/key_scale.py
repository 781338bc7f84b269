"""Where the values of a key stand on an axis: evenly, by their logarithm, or side by side."""

import math
from collections.abc import Sequence

_LOGARITHMIC_FROM = 30.0  # largest value divided by the smallest
_MOST_TICKS = 6


class KeyScale:
    """The axis of one key.

    Numbers stand by their size, or by their logarithm where they span more than a factor of 30;
    anything else is a category of its own, in the order of the alphabet.

    Args:
        values: that occur, as text.
    """

    def __init__(self, values: Sequence[str]) -> None:
        distinct = set(values)
        numbers = [_number(value) for value in distinct]
        self.numeric = all(map(math.isfinite, numbers)) and len(set(numbers)) > 1
        self.logarithmic = False
        if self.numeric:
            self.low, self.high = min(numbers), max(numbers)
            self.logarithmic = self.low > 0 and self.high / self.low > _LOGARITHMIC_FROM
            self.categories = sorted(distinct, key=_number)
        else:
            self.low, self.high = 0.0, float(max(1, len(distinct) - 1))
            # Numbers among words by size: 8, 16, unset.
            by_size = sorted(distinct, key=lambda one: (not math.isfinite(_number(one)), one))
            self.categories = sorted(
                by_size, key=lambda one: _number(one) if math.isfinite(_number(one)) else math.inf
            )

    def place(self, value: str) -> float:
        """Where a value stands: 0 for the lowest, 1 for the highest."""
        return self._share(_number(value) if self.numeric else self.categories.index(value))

    def ticks(self) -> list[tuple[float, str]]:
        """Places to name, with their names: every value, or a few numbers where they are many."""
        if not self.numeric or len(self.categories) <= _MOST_TICKS:
            return [(self.place(value), _short(value)) for value in self.categories]
        steps = [index / (_MOST_TICKS - 2) for index in range(_MOST_TICKS - 1)]
        return [(step, f"{self._value(step):.3g}") for step in steps]

    def _share(self, value: float) -> float:
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def _value(self, share: float) -> float:
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)


def _number(text: str) -> float:
    """The number that a text is; NaN for words. Infinity is a word, too."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _short(text: str, most: int = 18) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
