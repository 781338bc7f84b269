"""One run as a comparison sees it, wherever it was read from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["FINISHED", "PRUNED", "FAILED", "KILLED", "RUNNING"]


@dataclass(frozen=True)
class ComparedRun:
    """A run, with what tells it from the others.

    Attributes:
        run_id: the tracking store's.
        name: of the run, for people.
        setting: what was chosen, as one text: `loss.box=giou optimizer.learning_rate=0.001`. Runs
            with the same text differ in nothing but the seed.
        values: the same by key.
        seed: None where the run died before it said.
        metrics: the last value of each.
        status: the store's.
        outcome: what became of it; PRUNED runs were stopped early for being worse than others.
        reason: why it did not finish; "" if it did.
        started: seconds since 1970; 0 where unknown.
        seconds: from start to end; NaN while it runs.
        trial: its number in the sweep.
    """

    run_id: str
    name: str
    setting: str
    values: Mapping[str, str]
    seed: int | None
    metrics: Mapping[str, float]
    status: str
    outcome: Outcome
    reason: str
    started: float
    seconds: float
    trial: int | None
