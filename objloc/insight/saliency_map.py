"""A map over a picture that says which pixels an answer depends on."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from objloc.insight.subject import Quantity


@dataclass(frozen=True)
class SaliencyMap:
    """How much each pixel of the picture that the model is fed counts for one number of its answer.

    Attributes:
        values: (S, S), not negative; of no unit. All zero where the method found nothing.
        method: the method's name, as in the configuration.
        quantity: which number; "detection" where a method explains the answer as a whole.
    """

    values: Float32[np.ndarray, "s s"]
    method: str
    quantity: Quantity | str

    def mass_inside(self, box: Float32[np.ndarray, "4"], margin: float = 0.0) -> float:
        """The share of the map that lies inside a box; NaN of an empty map.

        Args:
            box: xyxy in pixels of the map; a pixel belongs to it if its centre does.
            margin: pixels by which the box is enlarged on every side.
        """
        total = float(self.values.sum())
        if not total > 0:
            return float("nan")
        x1, y1, x2, y2 = box + margin * np.array([-1, -1, 1, 1], np.float32)
        centers = np.arange(self.values.shape[0]) + 0.5
        rows = (centers > y1) & (centers < y2)
        columns = (centers > x1) & (centers < x2)
        return float(self.values[np.ix_(rows, columns)].sum()) / total
