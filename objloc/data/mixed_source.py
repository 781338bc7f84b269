"""The training samples of several datasets, in fixed shares."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int32, Int64

from objloc.data.sample import Sample
from objloc.data.sample_source import SampleSource


@dataclass(frozen=True)
class Part:
    """One of the datasets.

    Attributes:
        source: its training samples.
        labels: the mixture's label for each of its own.
        share: of the mixture, 0..1.
    """

    source: SampleSource
    labels: Int32[np.ndarray, " classes"]
    share: float


class MixedSource:
    """Samples of several sources, each epoch holding exactly as many of each as its share says.

    The samples of one source come in shuffled passes through all of it, one after the other and on
    from epoch to epoch, so that every picture is seen as often as every other, give or take one.
    The number of the pass is the epoch that the source is asked for: what it augments or generates
    is new in every pass.

    Args:
        parts: the sources with their shares.
        class_names: in the order of the mixture's labels.
        length: samples in an epoch.
        seed: of the passes' orders, not negative.
    """

    def __init__(
        self, parts: Sequence[Part], *, class_names: Sequence[str], length: int, seed: int
    ) -> None:
        self.parts = tuple(parts)
        self.class_names = tuple(class_names)
        self.seed = seed
        self.counts = apportion(np.array([part.share for part in parts], np.float64), length)
        """Samples of each part in an epoch."""
        # Evenly interleaved: the first hundred samples are a mixture, too.
        where = [(np.arange(count) + 0.5) / max(1, count) for count in self.counts]
        order = np.argsort(np.concatenate(where), kind="stable")
        self._part = np.repeat(np.arange(len(self.parts)), self.counts)[order]
        self._place = np.concatenate([np.arange(count) for count in self.counts])[order]

    def __len__(self) -> int:
        """Samples in an epoch."""
        return len(self._part)

    def origin(self, epoch: int, index: int) -> tuple[int, int, int]:
        """Where a sample comes from: the part's number, the epoch and the index asked of it.

        Raises:
            IndexError: `index` is not in 0 .. len - 1.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"no sample {index} in an epoch of {len(self)}")
        number = int(self._part[index])
        length = len(self.parts[number].source)
        position = epoch * int(self.counts[number]) + int(self._place[index])
        shuffled_pass, place = divmod(position, length)
        return number, shuffled_pass, int(_order(self.seed, number, shuffled_pass, length)[place])

    def sample(self, epoch: int, index: int) -> Sample:
        """A sample of one of the parts, but for its labels and its id.

        Raises:
            IndexError: `index` is not in 0 .. len - 1.
        """
        number, part_epoch, part_index = self.origin(epoch, index)
        part = self.parts[number]
        sample = part.source.sample(part_epoch, part_index)
        return replace(
            sample, labels=part.labels[sample.labels], image_id=epoch * len(self) + index
        )


def apportion(shares: Float64[np.ndarray, " parts"], total: int) -> Int64[np.ndarray, " parts"]:
    """Whole numbers in proportion to the shares that add up to the total (largest remainders)."""
    exact = shares / shares.sum() * total
    counts = np.floor(exact).astype(np.int64)
    lacking = total - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:lacking]] += 1
    return counts


@functools.lru_cache(maxsize=32)
def _order(seed: int, part: int, shuffled_pass: int, length: int) -> Int32[np.ndarray, " length"]:
    """The order in which a pass goes through a part."""
    rng = np.random.Generator(np.random.PCG64([seed, part, shuffled_pass]))
    return rng.permutation(length).astype(np.int32)
