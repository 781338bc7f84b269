"""Whether maps depend on what a model has learned: it unlearns, and they must change.

Adebayo et al. 2018, "Sanity Checks for Saliency Maps", section 3.1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from objloc.evaluation import Predictor
from objloc.insight.maps.map_likeness import rank_correlation, structural_similarity
from objloc.insight.maps.method import DETECTION, BlackBoxMethod, GradientMethod, Method
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import Subject
from objloc.progress import progress

if TYPE_CHECKING:
    from objloc.insight.maps.randomised import Part
    from objloc.models import Localizer

HEAD = "head"
EVERYTHING = "everything"

STAGES: "dict[str, tuple[Part, ...]]" = {
    HEAD: ("head",),
    "head, late backbone": ("head", "late"),
    EVERYTHING: ("head", "late", "early"),
    "late backbone alone": ("late",),
    "early backbone alone": ("early",),
}
"""What is randomised: cascading from the answer down to the pixels, then one part at a time."""

_CHANGES, _STAYS, _SAME = 0.3, 0.6, 0.9


@dataclass(frozen=True)
class Likeness:
    """How alike a map and that of a randomised copy of the model are.

    Attributes:
        method: the map's.
        quantity: the map's.
        stage: one of `STAGES`.
        rank_correlation: Spearman's.
        structural_similarity: SSIM.
    """

    method: str
    quantity: str
    stage: str
    rank_correlation: float
    structural_similarity: float


def sanity(
    localizer: "Localizer",
    subjects: Sequence[Subject],
    maps: Sequence[Sequence[SaliencyMap]],
    methods: Sequence[Method],
    *,
    batch_size: int,
    seed: int,
) -> list[Likeness]:
    """Compares maps with those of copies of the model that know less and less.

    A copy is asked about the very candidate, class and box that the maps explain. Methods that ask
    about hundreds of pictures are compared where everything is randomised, and nowhere else.

    Args:
        localizer: the model; it is not touched.
        subjects: the answers that were explained.
        maps: those of each subject that are to be compared.
        methods: that made them.
        batch_size: of pictures that a copy is asked about at once.
        seed: of the shuffled weights.
    """
    from objloc.insight.maps.randomised import randomised
    from objloc.models import KerasEngine

    by_name = {method.name: method for method in methods}
    found: list[Likeness] = []
    if not subjects:
        return found
    for stage, parts in progress(list(STAGES.items()), "randomising weights"):
        copy = randomised(localizer, parts, seed)
        predictor = Predictor(KerasEngine(copy), batch_size)
        for subject, own in zip(subjects, maps, strict=True):
            for before in own:
                after = _again(by_name[before.method], copy, predictor, subject, before, stage)
                if after is not None:
                    found.append(_likeness(before, after, stage))
    return found


def _again(
    method: Method,
    localizer: "Localizer",
    predictor: Predictor,
    subject: Subject,
    before: SaliencyMap,
    stage: str,
) -> SaliencyMap | None:
    """The same map of another model; None where that would take too long."""
    if isinstance(method, GradientMethod) and before.quantity != DETECTION:
        return method(localizer, subject, before.quantity)
    if isinstance(method, BlackBoxMethod) and stage == EVERYTHING:
        return method(predictor, subject)
    return None


def _likeness(before: SaliencyMap, after: SaliencyMap, stage: str) -> Likeness:
    return Likeness(
        before.method,
        str(before.quantity),
        stage,
        rank_correlation(before.values, after.values),
        structural_similarity(before.values, after.values),
    )


def verdict(correlation: float, head: float = float("nan")) -> str:
    """A word on the rank correlations of maps before and after randomising.

    The limits are a choice; Adebayo et al. set none.

    Args:
        correlation: after everything was randomised.
        head: after the head alone was; NaN where that was not looked at.
    """
    if math.isnan(correlation):
        return "not tested"
    if correlation < _STAYS and head >= _SAME:
        return "depends on the backbone alone: tells nothing of this number"
    if correlation < _CHANGES:
        return "depends on what was learned"
    if correlation < _STAYS:
        return "in doubt: part of it is there without learning"
    return "fails: much the same without learning"
