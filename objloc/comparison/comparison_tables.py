"""The tables of a comparison, as rows of text for any page or terminal."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from objloc.comparison.compared_run import ComparedRun
from objloc.comparison.compared_setting import SettingTest
from objloc.comparison.comparison import Comparison
from objloc.comparison.comparison_words import duration, mean_and_spread, number, probability
from objloc.comparison.statistics import MeanInterval
from objloc.evaluation.report import metric_title


@dataclass(frozen=True)
class Table:
    """Header and rows; `numeric` are the columns that stand to the right."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: Sequence[int]
    caption: str = ""


MOST_FOR_PAIRS = 8
"""Settings up to which the tests of each two are listed; above, those of the best."""


def settings_table(comparison: Comparison) -> Table:
    """One row a setting, the best first: mean ± half of the 95 % interval, over the seeds."""
    others = list(dict.fromkeys(name for one in comparison.settings for name in one.others))
    tests = {test.other: test for test in comparison.tests}
    against = ["against the best"] if tests else []
    header = ["setting", *map(title_of, comparison.metrics), *against, "seeds"]
    header += [*map(title_of, others), "time"]
    rows = []
    for one in comparison.settings:
        row = [one.label, *(mean_and_spread(each) for each in one.objectives)]
        if against:
            row.append(_verdict(tests[one.label]) if one.label in tests else "")
        row.append(str(one.seeds))
        row += [_mean(one.others, name) for name in others]
        rows.append([*row, duration(one.seconds)])
    return Table("Settings", header, rows, range(1, len(header)), "± is half of the 95 % interval.")


def tests_table(comparison: Comparison) -> Table:
    """Each two settings where they are few, else the best with each other one."""
    few = len(comparison.settings) <= MOST_FOR_PAIRS
    tests = comparison.pairs if few else comparison.tests
    header = ["better", "other", "seeds", "difference", "p", "corrected", "shown"]
    rows = [
        [
            one.better,
            one.other,
            str(len(one.test.seeds)),
            mean_and_spread(
                MeanInterval(one.test.difference, one.test.half_width, len(one.test.seeds))
            ),
            _p(one.test.p),
            _p(one.p),
            "yes" if one.shown else "" if math.isnan(one.p) else "no",
        ]
        for one in tests
    ]
    which = "" if few else " Listed: those of the best."
    caption = (
        "Paired t-tests, two-sided, of each two settings over the seeds that they share. "
        f"“corrected” by Holm's method for {len(comparison.pairs)} tests; .05 and less is a shown "
        f"difference.{which}"
    )
    return Table("Tests", header, rows, range(2, 6), caption)


def jobs_table(comparison: Comparison) -> Table:
    """Every run, in the order given."""
    others = [
        name
        for name in ("val/mean_iou", "test/mean_iou", "test/localization_accuracy")
        if name not in comparison.metrics and any(name in run.metrics for run in comparison.runs)
    ]
    names = [*comparison.metrics, *others]
    header = ["trial", "setting", "seed", *map(title_of, names), "outcome", "time", "run"]
    rows = [
        [
            "" if run.trial is None else str(run.trial),
            comparison.label(run),
            "" if run.seed is None else str(run.seed),
            *(number(run.metrics.get(name, math.nan)) for name in names),
            run.outcome.lower(),
            duration(run.seconds),
            run.run_id,
        ]
        for run in comparison.runs
    ]
    return Table("Jobs", header, rows, [0, *range(2, 3 + len(names)), len(header) - 2])


def failures_table(comparison: Comparison) -> Table:
    """The runs that were pruned, failed or were interrupted, and why."""
    rows = [
        [
            comparison.label(run),
            "" if run.seed is None else str(run.seed),
            run.outcome.lower(),
            run.reason or "not said",
            run.run_id,
        ]
        for run in failures(comparison.runs)
    ]
    return Table("Not finished", ["setting", "seed", "outcome", "why", "run"], rows, [1])


def failures(runs: Sequence[ComparedRun]) -> list[ComparedRun]:
    """Those that ended otherwise than they should."""
    return [run for run in runs if run.outcome in ("PRUNED", "FAILED", "KILLED")]


def title_of(metric: str) -> str:
    """`val/mean_iou` as people say it: `val mean IoU`."""
    split, _, name = metric.rpartition("/")
    return f"{split} {metric_title(name)}".strip()


def _verdict(test: SettingTest) -> str:
    if math.isnan(test.p):
        return "not tested"
    words = "" if test.holds else "better on shared seeds, "
    return f"{words}{probability(test.p)}"


def _mean(means: Mapping[str, MeanInterval], name: str) -> str:
    return number(means[name].mean) if name in means else "–"


def _p(p: float) -> str:
    return probability(p).removeprefix("p ").removeprefix("= ") if not math.isnan(p) else "–"
