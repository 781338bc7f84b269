"""The loss that cross-entropy cannot go below where the truth is a share and not a yes or no."""

import numpy as np
from jaxtyping import Float64


def entropy(share: Float64[np.ndarray, " *shape"]) -> Float64[np.ndarray, " *shape"]:
    """H(t) = -t ln t - (1 - t) ln (1 - t), in nats: the cross-entropy of the right answer t."""
    inner = np.clip(share, np.finfo(float).tiny, 1 - np.finfo(float).epsneg)
    return np.where((share <= 0) | (share >= 1), 0.0, _terms(inner) + _terms(1 - inner))


def _terms(share: np.ndarray) -> np.ndarray:
    return -share * np.log(share)


def expected_floor(side: int, smallest: int, largest: int) -> float:
    """The mean of H over the coordinates of rectangles, over all that can be drawn.

    A rectangle's width is any whole number of pixels from smallest to largest, its left side any
    whole pixel where it fits, all equally likely; heights and rows are drawn likewise, so that
    they have the same mean.

    Args:
        side: of the scene in pixels.
        smallest: smallest side of a rectangle in pixels.
        largest: largest side of a rectangle in pixels.
    """
    means = []
    for width in range(smallest, largest + 1):
        left = np.arange(side - width + 1)
        means.append(np.mean([entropy(left / side), entropy((left + width) / side)]))
    return float(np.mean(means))


def pixels_of(excess: float, share: float, side: int) -> float:
    """The error in pixels that costs so much above the floor.

    What an answer p costs above the floor is the Kullback-Leibler divergence of p from the truth
    t; its first term is (p - t)² / (2 t (1 - t)), which is solved for the error here.

    Args:
        excess: in nats.
        share: the truth t, 0..1, both excluded.
        side: of the scene in pixels.
    """
    return float(np.sqrt(2 * share * (1 - share) * max(excess, 0.0)) * side)
