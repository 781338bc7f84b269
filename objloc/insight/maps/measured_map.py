"""A map with the numbers that tell how good it is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from objloc import boxes as geometry
from objloc.insight.example import Example
from objloc.insight.maps.deletion import Curves
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import SIDES


@dataclass(frozen=True)
class MeasuredMap:
    """One map of one example.

    Attributes:
        example: the example's place among those explained.
        map: the map.
        box: xyxy in pixels: the object that the answer is about, or where nobody knows one, the
            answer's own box.
        true_box: whether it is an object's.
        curves: deletion and insertion; None where they were not asked for.
    """

    example: int
    map: SaliencyMap
    box: Float32[np.ndarray, "4"]
    true_box: bool
    curves: Curves | None = None

    @property
    def mass(self) -> float:
        """The share of the map inside the box; NaN of an empty map."""
        return self.map.mass_inside(self.box)

    @property
    def mass_by_area(self) -> float:
        """`mass` over the box's share of the picture: 1 of a map that is the same everywhere."""
        side = float(self.map.values.shape[0])
        share = float(geometry.area(geometry.clip(self.box, side, side))) / side**2
        return self.mass / share if share > 0 else float("nan")

    @property
    def peak(self) -> float:
        """1 if the strongest pixel lies inside the box, else 0; NaN of an empty map."""
        inside = self.map.peak_inside(self.box)
        return float("nan") if inside is None else float(inside)

    @property
    def own_side(self) -> float:
        """Of a side's map, the share that lies nearer to this side than to the opposite one."""
        for side in SIDES:
            if side == self.map.quantity:
                return self.map.mass_on_side(self.box, side)
        return float("nan")

    @property
    def deletion_auc(self) -> float:
        """NaN where it was not asked for, or of an empty map: its order is by chance."""
        drawn = self.curves is not None and self.map.values.any()
        return self.curves.deletion_auc if drawn and self.curves else float("nan")

    @property
    def insertion_auc(self) -> float:
        """Likewise."""
        drawn = self.curves is not None and self.map.values.any()
        return self.curves.insertion_auc if drawn and self.curves else float("nan")


def object_of(example: Example) -> tuple[Float32[np.ndarray, "4"], bool]:
    """The box to measure maps by, and whether it is an object's: see `MeasuredMap.box`."""
    if example.truth is None or not len(example.truth):
        return example.subject.box, False
    overlap = geometry.iou(example.truth, example.subject.box[None])
    return example.truth[int(np.argmax(overlap))], True
