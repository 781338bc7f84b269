"""Whether a map's strong places matter: the answer, as they are taken away or put in.

Petsiuk et al. 2018, "RISE: Randomized Input Sampling for Explanation of Black-box Models",
section 4.2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Float32, Int

from objloc.evaluation import Predictor
from objloc.insight.maps.agreement import ask
from objloc.insight.maps.fill import filled
from objloc.insight.subject import Subject

_CELLS = 8  # of a map that means nothing, along a side


@dataclass(frozen=True)
class Curves:
    """How score × IoU with the explained box changes with the share of pixels, strongest first.

    Attributes:
        shares: 0..1, rising, closer together where they are small.
        deletion: where this share is replaced by the picture's mean colour.
        insertion: where this share is put into a picture too blurred to show forms.
    """

    shares: Float32[np.ndarray, " n"]
    deletion: Float32[np.ndarray, " n"]
    insertion: Float32[np.ndarray, " n"]

    @property
    def deletion_auc(self) -> float:
        """The area below `deletion`: the lower, the more the map's strong places matter."""
        return float(np.trapezoid(self.deletion, self.shares))

    @property
    def insertion_auc(self) -> float:
        """The area below `insertion`: the higher, the sooner they suffice."""
        return float(np.trapezoid(self.insertion, self.shares))


def deletion_and_insertion(
    predictor: Predictor,
    subject: Subject,
    maps: Sequence[Float[np.ndarray, "s s"]],
    *,
    steps: int,
    seed: int,
) -> list[Curves]:
    """Both curves of each map of one answer.

    Of pixels with the same value the order is by chance, but patch by patch: single pixels taken
    out here and there would be noise, which harms a model more than what is hidden by it.

    Args:
        predictor: the model.
        subject: the answer.
        maps: not negative.
        steps: along a curve; the k-th ends at the share (k / steps)².
        seed: of the order of pixels with the same value.
    """
    if not maps:
        return []
    side = subject.image.shape[0]
    shares = (np.arange(steps + 1) / steps) ** 2
    counts = np.rint(shares * side * side).astype(np.int64)
    chance = meaningless(side, seed)
    orders = [_strongest_first(values, chance) for values in maps]
    pictures = (one for order in orders for one in _pictures(subject, order, counts))
    support = ask(predictor, pictures, subject).support.reshape(len(maps), 2, steps + 1)
    exact = (counts / (side * side)).astype(np.float32)
    return [Curves(exact, deletion, insertion) for deletion, insertion in support]


def meaningless(side: int, seed: int) -> Float32[np.ndarray, "s s"]:
    """A map of random patches: what a map with no meaning is worth, other maps must surpass."""
    coarse = np.random.default_rng(seed).random((_CELLS, _CELLS), np.float32)
    large = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.maximum(large, 0), np.float32)


def _strongest_first(
    values: Float[np.ndarray, "s s"], chance: Float[np.ndarray, "s s"]
) -> Int[np.ndarray, " p"]:
    """Places of the flattened map, falling."""
    return np.lexsort((chance.ravel(), -values.ravel()))


def _pictures(
    subject: Subject, order: Int[np.ndarray, " p"], counts: Int[np.ndarray, " n"]
) -> Iterator[Float32[np.ndarray, "s s 3"]]:
    """First those of deletion, then those of insertion."""
    image = subject.image.astype(np.float32)
    for before, after in (
        (image, filled(subject.image, "mean")),
        (filled(subject.image, "blur"), image),
    ):
        for count in counts:
            picture = before.reshape(-1, 3).copy()
            picture[order[:count]] = after.reshape(-1, 3)[order[:count]]
            yield picture.reshape(image.shape)
