"""A bounded sample of numbers that arrive in parts, for their percentiles."""

import numpy as np

SAMPLED = 1 << 15
"""Numbers kept: a percentile p is then known to about √(p (1 − p) / 32,768), at most .3 %."""


class ValueSample:
    """Keeps each of the numbers seen so far with the same chance, at most `size` of them.

    Every number draws a random key, and those with the smallest keys stay: a sample without
    replacement, whatever the sizes of the parts (Efraimidis and Spirakis 2006, "Weighted random
    sampling with a reservoir", with equal weights).

    Args:
        size: how many are kept; fewer numbers are kept all.
        seed: of the keys.
    """

    def __init__(self, size: int = SAMPLED, seed: int = 0) -> None:
        self._size = size
        self._generator = np.random.default_rng(seed)
        self._values = np.empty(0, np.float32)
        self._keys = np.empty(0, np.float32)

    def add(self, values: np.ndarray) -> None:
        """More numbers, of any shape."""
        flat = values.ravel()
        keys = self._generator.random(flat.size, np.float32)
        if self._keys.size == self._size:
            low = keys < self._keys.max()  # most of a long stream
            flat, keys = flat[low], keys[low]
        self._values = np.concatenate([self._values, flat])
        self._keys = np.concatenate([self._keys, keys])
        if self._keys.size > self._size:
            kept = np.argpartition(self._keys, self._size)[: self._size]
            self._values, self._keys = self._values[kept], self._keys[kept]

    def percentiles(self, which: list[float]) -> list[float]:
        """Percentiles 0..100 of the finite numbers kept; NaN where there are none."""
        finite = self._values[np.isfinite(self._values)]
        if not finite.size:
            return [float("nan")] * len(which)
        return [float(one) for one in np.percentile(finite, which)]
