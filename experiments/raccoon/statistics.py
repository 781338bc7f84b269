"""How sure the study's numbers are: photographs resampled, seeds averaged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.raccoon.outcome import Outcome

_RESAMPLES = 5000


@dataclass(frozen=True)
class Estimate:
    """A number with the interval that 95 of 100 sets of photographs would put it in."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Such as `.712 (.689 to .735)`."""
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


Copies = Mapping[str, str]
"""Picture file → the name of its content: byte-identical files share one."""


def estimate(outcomes: Sequence[Outcome], metric: str, copies: Copies) -> Estimate:
    """Mean IoU or localization accuracy over all photographs, each tested once in every seed.

    Photographs are resampled together with their copies, and each with all its seeds: what one
    seed makes of a photograph says little new after another.
    """
    return _bootstrap(*_table(outcomes, metric, copies))


def difference(
    one: Sequence[Outcome], other: Sequence[Outcome], metric: str, copies: Copies
) -> Estimate:
    """`one` minus `other`, paired: the same resampled photographs, the seeds that both have."""
    seeds = {outcome.seed for outcome in one} & {outcome.seed for outcome in other}
    reached, possible = _table([x for x in one if x.seed in seeds], metric, copies)
    reached_by_other, same = _table([x for x in other if x.seed in seeds], metric, copies)
    if not np.array_equal(possible, same):
        raise ValueError("the two arms were not tested on the same photographs")
    return _bootstrap(reached - reached_by_other, possible)


def across_seeds(
    outcomes: Sequence[Outcome], value: Callable[[Outcome], float]
) -> tuple[float, float]:
    """Mean over seeds of the mean over folds, and the standard deviation between seeds."""
    seeds = sorted({outcome.seed for outcome in outcomes})
    means = [np.mean([value(one) for one in outcomes if one.seed == seed]) for seed in seeds]
    return float(np.mean(means)), float(np.std(means, ddof=1)) if len(means) > 1 else float("nan")


def _table(
    outcomes: Sequence[Outcome], metric: str, copies: Copies
) -> tuple[np.ndarray, np.ndarray]:
    """By content, in order of its name: what is reached and out of how much, both (contents,)."""
    contents = sorted(set(copies.values()))
    place = {content: row for row, content in enumerate(contents)}
    reached, possible = np.zeros((2, len(contents)))
    for outcome in outcomes:
        for file, (objects, iou, right) in outcome.pictures.items():
            row = place[copies[file]]
            reached[row] += iou if metric == "mean_iou" else right
            possible[row] += objects if metric == "mean_iou" else 1
    return reached, possible


def _bootstrap(reached: np.ndarray, possible: np.ndarray) -> Estimate:
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(reached), np.full(len(reached), 1 / len(reached)), _RESAMPLES)
    values = (drawn @ reached) / (drawn @ possible)
    low, high = np.quantile(values, [0.025, 0.975])
    return Estimate(float(reached.sum() / possible.sum()), float(low), float(high))
