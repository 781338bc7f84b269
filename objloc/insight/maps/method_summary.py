"""What all maps of a method come to."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from objloc.insight.maps.measured_map import MeasuredMap
from objloc.insight.maps.sanity import EVERYTHING, HEAD, Likeness


@dataclass(frozen=True)
class MethodSummary:
    """Means over a method's maps; NaN where there is no number.

    Attributes:
        name: the method's.
        maps: how many.
        empty: how many of them are empty.
        mass_inside: share of the map inside the object's box, of those examples where an object is
            known; likewise the next three.
        mass_by_area: that over the box's share of the picture.
        peak_inside: share of maps whose strongest pixel lies inside the box.
        own_side: share of a side's map that lies nearer to this side than to the opposite one.
        deletion: area below the deletion curve.
        insertion: area below the insertion curve.
        sanity_rank_correlation: with the map after everything was randomised: the mean over
            examples, of that quantity where it is largest. A mean over quantities would let one
            map's change hide that another doesn't.
        sanity_head_correlation: likewise, after the head alone was.
        sanity_structural_similarity: as `sanity_rank_correlation`.
        seconds: a map.
    """

    name: str
    maps: int
    empty: int
    mass_inside: float
    mass_by_area: float
    peak_inside: float
    own_side: float
    deletion: float
    insertion: float
    sanity_rank_correlation: float
    sanity_head_correlation: float
    sanity_structural_similarity: float
    seconds: float


def summarise(
    name: str, maps: Sequence[MeasuredMap], likenesses: Sequence[Likeness], seconds: float
) -> MethodSummary:
    """The means over those of the maps and likenesses that are the method's."""
    own = [one for one in maps if one.map.method == name]
    known = [one for one in own if one.true_box]
    alike = [one for one in likenesses if one.method == name]
    all_shuffled = [one for one in alike if one.stage == EVERYTHING]
    head_shuffled = [one for one in alike if one.stage == HEAD]
    return MethodSummary(
        name=name,
        maps=len(own),
        empty=sum(not one.map.values.any() for one in own),
        mass_inside=mean(one.mass for one in known),
        mass_by_area=mean(one.mass_by_area for one in known),
        peak_inside=mean(one.peak for one in known),
        own_side=mean(one.own_side for one in known),
        deletion=mean(one.deletion_auc for one in own),
        insertion=mean(one.insertion_auc for one in own),
        sanity_rank_correlation=_worst(all_shuffled, "rank_correlation"),
        sanity_head_correlation=_worst(head_shuffled, "rank_correlation"),
        sanity_structural_similarity=_worst(all_shuffled, "structural_similarity"),
        seconds=seconds,
    )


def _worst(alike: Sequence[Likeness], number: str) -> float:
    """The largest of the quantities' means; NaN where there is none."""
    quantities = dict.fromkeys(one.quantity for one in alike)
    means = [
        mean(getattr(one, number) for one in alike if one.quantity == quantity)
        for quantity in quantities
    ]
    return max((one for one in means if not math.isnan(one)), default=float("nan"))


def mean(values: Iterable[float]) -> float:
    """Of those that are numbers; NaN where none is."""
    numbers = [value for value in values if not math.isnan(value)]
    return sum(numbers) / len(numbers) if numbers else float("nan")
