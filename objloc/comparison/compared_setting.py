"""What a comparison holds: a setting with all its seeds, and a test between two."""

from collections.abc import Mapping
from dataclasses import dataclass

from objloc.comparison.compared_run import ComparedRun
from objloc.comparison.statistics import SIGNIFICANT, MeanInterval, PairedTest


@dataclass(frozen=True)
class ComparedSetting:
    """The finished runs that differ in nothing but the seed.

    Attributes:
        label: what tells it from the other settings: `giou`, or `head=ssd loss.box=giou`.
        setting: everything that was chosen, as the runs say it.
        values: the same by key.
        runs: those that finished and say the metric.
        lost: how many were pruned, failed or killed, or lack the metric.
        by_seed: for each objective, seed to value; runs of the same seed count as one.
        objectives: mean and interval over the seeds, of each objective.
        others: the same of further metrics, by name.
        seconds: of a run, on average.
    """

    label: str
    setting: str
    values: Mapping[str, str]
    runs: tuple[ComparedRun, ...]
    lost: int
    by_seed: tuple[Mapping[int, float], ...]
    objectives: tuple[MeanInterval, ...]
    others: Mapping[str, MeanInterval]
    seconds: float

    @property
    def interval(self) -> MeanInterval:
        """Of the first objective."""
        return self.objectives[0]

    @property
    def seeds(self) -> int:
        """How many seeds it was tried with."""
        return self.interval.count


@dataclass(frozen=True)
class SettingTest:
    """A paired test of two settings in the first objective.

    Attributes:
        better: label of the setting with the better mean.
        other: label of the other one.
        test: the test of better minus other, over the seeds that both have.
        p: of the test, corrected for all that were made together; NaN if it could not be made.
        holds: is better also better over the shared seeds alone?
    """

    better: str
    other: str
    test: PairedTest
    p: float
    holds: bool

    @property
    def shown(self) -> bool:
        """Is there a difference, whichever way?"""
        return self.p <= SIGNIFICANT
