"""What became of one job of a sweep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["FINISHED", "PRUNED", "FAILED"]


@dataclass(frozen=True)
class Outcome:
    """How a job ended, as it is kept in the study.

    Attributes:
        state: PRUNED: stopped early as hopeless.
        metrics: name to value, those of the end of the training.
        reason: why it was pruned or failed.
        run_id: the tracking store's id of its run; "" where nothing is tracked.
        started: local time, ISO 8601.
        seconds: how long its last start took.
    """

    state: State
    metrics: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    run_id: str = ""
    started: str = ""
    seconds: float = 0.0
