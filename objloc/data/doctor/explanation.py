"""One cause that explains what is wrong with many boxes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from objloc.data.files.finding import Finding


@dataclass(frozen=True)
class Explanation:
    """A finding about the dataset that stands for findings about single boxes.

    Attributes:
        finding: said once.
        rows: the objects whose boxes are explained by it.
    """

    finding: Finding
    rows: Int64[np.ndarray, " n"]
