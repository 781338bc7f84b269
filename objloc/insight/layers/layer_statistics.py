"""What one layer put out over many pictures, in numbers."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from objloc.insight.layers.channel_likeness import ChannelLikeness
from objloc.insight.layers.value_sample import ValueSample

NEARLY_CONSTANT = 1e-3
"""A channel is so if its deviation is a smaller share than this of the layer's root mean square."""

SATURATED = 0.01
"""A sigmoid is so this close to 0 or 1: its slope is below .01 there, a 25th of the steepest."""

PERCENTILES = (1.0, 50.0, 99.0)

Form = Literal["map", "vector"]


@dataclass(frozen=True)
class LayerStatistics:
    """A layer's outputs over a set of pictures; a unit is a channel of a map or of a vector.

    Attributes:
        path: the layer's.
        kind: its class.
        shape: of its output for one picture.
        parameters: weights, those of its parts included.
        mean: over all values.
        deviation: likewise.
        lowest: likewise.
        highest: likewise.
        percentiles: the values that 1 %, 50 % and 99 % lie below.
        zeros: share of the values that are exactly 0.
        units: how many.
        dead: units that were 0 everywhere on every picture.
        constant: units that hardly ever changed (`NEARLY_CONSTANT`), the dead ones not among them.
        copies: units that say the same as an earlier one, with that one.
        saturated: share of values within `SATURATED` of 0 or 1; NaN if not put out by a sigmoid.
        invalid: values that are no numbers, or infinite; no other statistic knows them.
    """

    path: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    mean: float
    deviation: float
    lowest: float
    highest: float
    percentiles: tuple[float, float, float]
    zeros: float
    units: int
    dead: tuple[int, ...]
    constant: tuple[int, ...]
    copies: dict[int, int]
    saturated: float
    invalid: int


class LayerTally:
    """Adds up one layer's outputs, batch by batch, in memory that does not grow.

    Args:
        path: the layer's.
        kind: its class.
        parameters: its weights.
        sigmoid: whether a sigmoid puts its output out.
    """

    def __init__(self, path: str, kind: str, parameters: int, sigmoid: bool = False) -> None:
        self.path = path
        self.kind = kind
        self.parameters = parameters
        self.sigmoid = sigmoid
        self._shape: tuple[int, ...] = ()
        self._sample = ValueSample()
        self._likeness = ChannelLikeness(0)
        self._count = self._sum = self._squares = self._zeros = np.zeros(0)
        self._lowest = self._highest = np.zeros(0)
        self._invalid = self._saturated = 0

    def add(self, output: np.ndarray) -> None:
        """A batch of outputs: (B, …, units)."""
        if not self._shape:
            self._start(output.shape[1:])
        for picture in output:  # one by one: it takes several copies in float64
            self._add_picture(picture)

    def statistics(self) -> LayerStatistics:
        """What has come together so far; at least one batch."""
        count = np.maximum(self._count, 1)
        total = max(float(self._count.sum()), 1.0)
        mean = float(self._sum.sum() / total)
        square = float(self._squares.sum() / total)
        channel_mean = self._sum / count
        channel_deviation = np.sqrt(np.maximum(self._squares / count - channel_mean**2, 0))
        dead = (self._zeros == self._count) & (self._count > 0)
        still = ~dead & (self._lowest <= self._highest)
        still &= (self._lowest == self._highest) | (
            channel_deviation < NEARLY_CONSTANT * np.sqrt(square)
        )
        constant = _places(still)
        percentiles = self._sample.percentiles(list(PERCENTILES))
        copies = self._likeness.copies()
        return LayerStatistics(
            path=self.path,
            kind=self.kind,
            shape=self._shape,
            parameters=self.parameters,
            mean=mean,
            deviation=float(np.sqrt(max(square - mean**2, 0.0))),
            lowest=float(self._lowest.min()),
            highest=float(self._highest.max()),
            percentiles=(percentiles[0], percentiles[1], percentiles[2]),
            zeros=float(self._zeros.sum() / total),
            units=len(count),
            dead=_places(dead),
            constant=constant,
            copies={unit: first for unit, first in copies.items() if unit not in constant},
            saturated=self._saturated / total if self.sigmoid else float("nan"),
            invalid=self._invalid,
        )

    def _add_picture(self, output: np.ndarray) -> None:
        flat = output.reshape(-1, output.shape[-1]).astype(np.float64)
        finite = np.isfinite(flat)
        self._invalid += int(flat.size - finite.sum())
        known = np.where(finite, flat, 0.0)
        self._count += finite.sum(axis=0)
        self._sum += known.sum(axis=0)
        self._squares += (known**2).sum(axis=0)
        self._zeros += ((known == 0) & finite).sum(axis=0)
        self._lowest = np.minimum(self._lowest, np.where(finite, flat, np.inf).min(axis=0))
        self._highest = np.maximum(self._highest, np.where(finite, flat, -np.inf).max(axis=0))
        if self.sigmoid:
            self._saturated += int(((known <= SATURATED) | (known >= 1 - SATURATED))[finite].sum())
        self._sample.add(output)
        self._likeness.add(known)

    def _start(self, shape: tuple[int, ...]) -> None:
        units = shape[-1]
        self._shape = tuple(shape)
        self._likeness = ChannelLikeness(units)
        self._count, self._sum, self._squares, self._zeros = np.zeros((4, units))
        self._lowest, self._highest = np.full(units, np.inf), np.full(units, -np.inf)


def _places(chosen: np.ndarray) -> tuple[int, ...]:
    return tuple(int(place) for place in np.flatnonzero(chosen))
