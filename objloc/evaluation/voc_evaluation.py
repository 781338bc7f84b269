"""Average precision by PASCAL VOC's protocols: 11-point (2007) and all-point (from 2010 on)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64


@dataclass(frozen=True)
class VocAveragePrecision:
    """AP as VOC's development kit counts it, at one IoU.

    Attributes:
        ap: mean over the classes that have objects; NaN without any.
        class_ap: (C,) of each class; NaN where it has no object.
    """

    ap: float
    class_ap: Float64[np.ndarray, " c"]
