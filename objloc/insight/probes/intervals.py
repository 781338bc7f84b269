"""How sure shares and means over a few dozen pictures are: 95 % intervals."""

import math

import numpy as np
from jaxtyping import Float64

from objloc.evaluation.bootstrap import Interval, Ratio, bootstrap
from objloc.evaluation.coco_matching import Ranking

_Z = 1.959963984540054  # of the normal distribution, for 95 %
_RESAMPLES = 1000


def wilson(successes: int, trials: int) -> Interval:
    """A share and its 95 % interval: Wilson 1927, "Probable Inference, the Law of Succession".

    Unlike the textbook's ± it stays inside 0..1 and has a width at shares of 0 and 1, too (Brown,
    Cai and DasGupta 2001, "Interval Estimation for a Binomial Proportion", section 3.1.1).
    """
    if trials == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    share = successes / trials
    shrunk = 1 + _Z**2 / trials
    middle = (share + _Z**2 / (2 * trials)) / shrunk
    half = _Z / shrunk * math.sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2))
    # At shares of 0 and 1 an end is 0 or 1 but for rounding.
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == trials else middle + half
    return Interval(share, low, high)


def means(rows: Float64[np.ndarray, "v n"], seed: int = 0) -> list[Interval]:
    """Each row's mean with its 95 % interval, by the BCa bootstrap over the n scenes.

    All rows are resampled together, as they are of the same scenes.
    """
    measures = {str(row): Ratio.mean_of(values) for row, values in enumerate(rows)}
    ids = np.arange(rows.shape[1])
    found = bootstrap(measures, _nothing_ranked(), ids, resamples=_RESAMPLES, seed=seed)
    return [found[str(row)] for row in range(len(rows))]


def _nothing_ranked() -> Ranking:
    """No detections of no class: AP, which the bootstrap measures too, is not asked for here."""
    none, nobody = np.zeros(0), np.zeros(0, np.int64)
    hits = np.zeros((2, 0), bool)
    start = np.zeros(1, np.int64)
    return Ranking(np.array([0.5, 0.75]), nobody, none, hits, hits, start, nobody, start)
