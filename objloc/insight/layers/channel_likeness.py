"""Which channels of a layer say the same, found without keeping what they said."""

import numpy as np

PROJECTIONS = 64
CELLS = 256
"""Of a picture, at which the channels are compared."""

_BLOCK = 256  # channels that are compared with all others at once
_FEWEST = 30  # cells at which a channel must not be 0: two that light up once each are no copies


class ChannelLikeness:
    """Correlations between the channels of a stream of maps, near enough to find copies.

    Channels are compared through random projections of their values (Johnson and Lindenstrauss
    1984): of a channel with n values x, mean m and deviation s, sixty-four sums Σ rᵢ (xᵢ − m) / s
    with random normal r are kept. For two channels with correlation ρ the squared distance of
    these, over n and the number of sums, is 2 (1 − ρ) on average, with a deviation of
    √(2 / 64) = 18 % of itself: too rough to tell .3 from .5, enough to tell .99 from .9999.
    A layer of C channels takes 64 · C numbers, not C².
    """

    def __init__(self, channels: int, seed: int = 0) -> None:
        self._generator = np.random.default_rng(seed)
        self._projected = np.zeros((channels, PROJECTIONS))
        self._ones = np.zeros(PROJECTIONS)  # what a channel of ones would have
        self._sum = np.zeros(channels)
        self._squares = np.zeros(channels)
        self._active = np.zeros(channels)
        self._count = 0

    def add(self, values: np.ndarray) -> None:
        """A picture's values at its cells: (cells, C); of many cells some are drawn."""
        if len(values) > CELLS:
            values = values[self._generator.choice(len(values), CELLS, replace=False)]
        values = values.astype(np.float64)
        random = self._generator.standard_normal((len(values), PROJECTIONS))
        self._projected += values.T @ random
        self._ones += random.sum(axis=0)
        self._sum += values.sum(axis=0)
        self._squares += (values**2).sum(axis=0)
        self._active += (values != 0).sum(axis=0)
        self._count += len(values)

    def copies(self, correlation: float = 0.999) -> dict[int, int]:
        """Channels that go up and down with an earlier one: channel to the first of its kind.

        Channels that never change, or are 0 but for a few cells, are left out; a copy may be larger
        or smaller than its original.
        """
        if self._count < 2:
            return {}
        mean = self._sum / self._count
        variance = self._squares / self._count - mean**2
        varies = variance > 1e-10 * self._squares / self._count
        alive = np.flatnonzero(varies & (self._active >= _FEWEST))
        centered = self._projected[alive] - mean[alive, None] * self._ones
        points = centered / np.sqrt(variance[alive, None] * self._count * PROJECTIONS)
        lengths = (points**2).sum(axis=1)
        found: dict[int, int] = {}
        for start in range(0, len(points), _BLOCK):  # a flattened map has tens of thousands
            part = slice(start, start + _BLOCK)
            distances = lengths[part, None] + lengths - 2 * points[part] @ points.T
            near = np.tril(distances <= 2 * (1 - correlation), start - 1)  # to earlier ones
            for row in np.flatnonzero(near.any(axis=1)):
                first = int(alive[near[row].argmax()])
                found[int(alive[start + row])] = found.get(first, first)
        return found
