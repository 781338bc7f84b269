"""How alike two maps are."""

import numpy as np
from jaxtyping import Float


def rank_correlation(a: Float[np.ndarray, "s s"], b: Float[np.ndarray, "s s"]) -> float:
    """Spearman's, over pixels: 1 for the same order of pixels, 0 for none in common.

    NaN where the first map is empty; 0 where only the second one says nothing.
    """
    from scipy.stats import rankdata

    if not np.ptp(a) > 0:
        return float("nan")
    if not np.ptp(b) > 0:
        return 0.0
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def structural_similarity(a: Float[np.ndarray, "s s"], b: Float[np.ndarray, "s s"]) -> float:
    """Wang et al. 2004, "Image Quality Assessment", each map's largest value being 1.

    1 for the same picture. NaN where the first map is empty.
    """
    from skimage.metrics import structural_similarity as similarity

    if not a.max() > 0:
        return float("nan")
    shares = [one / one.max() if one.max() > 0 else one for one in (a, b)]
    return float(similarity(*shares, data_range=1.0))
