"""A map over a picture that says which pixels an answer depends on."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32

from objloc.insight.subject import SIDES, Quantity


@dataclass(frozen=True)
class SaliencyMap:
    """How much each pixel of the picture that the model is fed counts for one number of its answer.

    Attributes:
        values: (S, S), not negative; of no unit. All zero where the method found nothing.
        method: the method's name, as in the configuration.
        quantity: which number; "detection" where a method explains the answer as a whole.
        note: what else the method has to say of this map, such as its error; "" for nothing.
    """

    values: Float32[np.ndarray, "s s"]
    method: str
    quantity: Quantity | Literal["detection"]
    note: str = ""

    def mass_inside(self, box: Float32[np.ndarray, "4"], margin: int | float = 0) -> float:
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

    def mass_on_side(self, box: Float32[np.ndarray, "4"], side: Quantity) -> float:
        """The share of the map that lies nearer to one side of a box than to its opposite.

        That is on this side of the box's middle; NaN of an empty map.

        Args:
            box: xyxy in pixels of the map.
            side: one of `objloc.insight.subject.SIDES`.
        """
        total = float(self.values.sum())
        if not total > 0:
            return float("nan")
        axis = SIDES.index(side) % 2  # 0: x
        middle = float(box[axis] + box[axis + 2]) / 2
        centers = np.arange(self.values.shape[0]) + 0.5
        near = centers < middle if side in ("left", "top") else centers > middle
        return float(self.values.sum(axis=axis)[near].sum()) / total

    def peak_inside(self, box: Float32[np.ndarray, "4"]) -> bool | None:
        """Whether the strongest pixel lies inside a box; None of an empty map.

        The pointing game of Zhang et al. 2016, "Top-down Neural Attention by Excitation Backprop",
        section 4.1, without its margin.
        """
        if not self.values.any():
            return None
        row, column = np.unravel_index(int(np.argmax(self.values)), self.values.shape)
        x1, y1, x2, y2 = box
        return bool(x1 < column + 0.5 < x2 and y1 < row + 0.5 < y2)
