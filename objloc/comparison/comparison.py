"""Which of several settings is best, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from objloc.comparison.compared_run import ComparedRun
from objloc.comparison.compared_setting import ComparedSetting, SettingTest
from objloc.comparison.comparison_words import sentences
from objloc.comparison.statistics import MeanInterval, holm, mean_interval, paired_test
from objloc.errors import ConfigError

OTHER_METRICS = (
    "val/mean_iou",
    "test/mean_iou",
    "test/localization_accuracy",
    "test/ap",
    "test/ap50",
    "test/ap75",
    "val/milliseconds",
)
"""Shown beside the objectives, where runs have them."""


@dataclass(frozen=True)
class Comparison:
    """Runs compared by one or several metrics.

    Attributes:
        metrics: the objectives, the one that settings are sorted by first.
        modes: of each, "max" or "min".
        runs: everything that was looked at.
        keys: what varies.
        settings: with at least one finished run, the best first; with several objectives the
            Pareto front comes first.
        pairs: tests of each two settings, corrected together; none with several objectives.
        tests: those of them with the best setting.
        front: with several objectives, the settings that no other one is better than in one
            objective and as good in the rest; else ().
        sentences: the answer in words, the most important first.
    """

    metrics: tuple[str, ...]
    modes: tuple[str, ...]
    runs: tuple[ComparedRun, ...]
    keys: tuple[str, ...]
    settings: tuple[ComparedSetting, ...]
    tests: tuple[SettingTest, ...]
    pairs: tuple[SettingTest, ...]
    front: tuple[ComparedSetting, ...]
    sentences: tuple[str, ...]

    @property
    def best(self) -> ComparedSetting | None:
        """The setting with the best mean; None if no run finished or there are several objectives.

        Whether others may be as good, `tests` says.
        """
        return self.settings[0] if self.settings and len(self.metrics) == 1 else None

    def label(self, run: ComparedRun) -> str:
        """What tells a run's setting from the others."""
        return _label(run, self.keys)


def compare(runs: Sequence[ComparedRun], metric: str, mode: str = "max") -> Comparison:
    """Compare runs by a metric, over the seeds of each setting.

    Each two settings are tested, and the p values corrected by Holm's method for all these tests:
    the best is found by looking at all of them, so its tests with the others are no fewer (in
    simulations of settings that are all alike, a correction for those tests alone shows a
    difference in up to 14 of 100 comparisons, not in 5). Only finished runs count.

    Args:
        runs: as `stored_runs` reads them.
        metric: such as "val/mean_iou"; several, with commas between them, make a Pareto front.
        mode: "max" or "min": is more of it better or worse? One for each metric, or one for all.

    Raises:
        ConfigError: a mode is neither, or there are more or fewer than metrics.
    """
    metrics, modes = _objectives(metric, mode)
    keys = _varying(runs)
    settings = [
        _setting(some, metrics, keys)
        for some in _by_setting(runs).values()
        if any(_measured(run, metrics) for run in some)
    ]
    signs = [1.0 if one == "max" else -1.0 for one in modes]
    settings.sort(key=lambda one: (-signs[0] * one.interval.mean, one.label))
    front: tuple[ComparedSetting, ...] = ()
    tests: list[SettingTest] = []
    pairs: list[SettingTest] = []
    if len(metrics) > 1:
        front = tuple(one for one in settings if not _dominated(one, settings, signs))
        settings.sort(key=lambda one: one not in front)
    else:
        pairs = _tests(list(combinations(settings, 2)), signs[0])
        tests = pairs[: max(0, len(settings) - 1)]
    return Comparison(
        metrics=metrics,
        modes=modes,
        runs=tuple(runs),
        keys=keys,
        settings=tuple(settings),
        tests=tuple(tests),
        pairs=tuple(pairs),
        front=front,
        sentences=sentences(settings, tests, front, runs, metrics),
    )


def _objectives(metric: str, mode: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    metrics = tuple(one.strip() for one in metric.split(",") if one.strip())
    modes = tuple(one.strip() for one in mode.split(","))
    if len(modes) == 1:
        modes *= len(metrics)
    if not metrics or len(modes) != len(metrics) or not set(modes) <= {"max", "min"}:
        raise ConfigError(
            f"metric={metric} with mode={mode}: give a metric and max or min, or as many modes as "
            "metrics, with commas between them"
        )
    return metrics, modes


def _varying(runs: Sequence[ComparedRun]) -> tuple[str, ...]:
    """The keys whose values differ."""
    keys = dict.fromkeys(key for run in runs for key in run.values)
    return tuple(key for key in keys if len({run.values.get(key) for run in runs}) > 1)


def _label(run: ComparedRun, keys: Sequence[str]) -> str:
    """The value alone where one key varies."""
    if len(keys) == 1:
        return run.values.get(keys[0], "unset")
    if keys:
        return " ".join(f"{key}={run.values[key]}" for key in keys if key in run.values)
    return run.setting or "one setting"


def _by_setting(runs: Sequence[ComparedRun]) -> dict[str, list[ComparedRun]]:
    groups: dict[str, list[ComparedRun]] = {}
    for run in runs:
        groups.setdefault(run.setting, []).append(run)
    return groups


def _measured(run: ComparedRun, metrics: Sequence[str]) -> bool:
    """Did it finish, with a number for each objective?"""
    return run.outcome == "FINISHED" and all(
        math.isfinite(run.metrics.get(metric, math.nan)) for metric in metrics
    )


def _setting(
    runs: Sequence[ComparedRun], metrics: Sequence[str], keys: Sequence[str]
) -> ComparedSetting:
    measured = [run for run in runs if _measured(run, metrics)]
    running = sum(run.outcome == "RUNNING" for run in runs)
    times = [run.seconds for run in measured if not math.isnan(run.seconds)]
    return ComparedSetting(
        label=_label(runs[0], keys),
        setting=runs[0].setting,
        values=runs[0].values,
        runs=tuple(measured),
        lost=len(runs) - len(measured) - running,
        by_seed=tuple(_by_seed(measured, metric) for metric in metrics),
        objectives=tuple(_interval(measured, metric) for metric in metrics),
        others={
            metric: _interval(having, metric)
            for metric in OTHER_METRICS
            if metric not in metrics
            and (having := [run for run in measured if _measured(run, [metric])])
        },
        seconds=sum(times) / len(times) if times else math.nan,
    )


def _by_seed(runs: Sequence[ComparedRun], metric: str) -> dict[int, float]:
    """Seed to value: the mean where a seed was run more than once."""
    values: dict[int, list[float]] = {}
    for run in runs:
        if run.seed is not None:
            values.setdefault(run.seed, []).append(run.metrics[metric])
    return {seed: sum(some) / len(some) for seed, some in sorted(values.items())}


def _interval(runs: Sequence[ComparedRun], metric: str) -> MeanInterval:
    unseeded = [run.metrics[metric] for run in runs if run.seed is None]
    return mean_interval([*_by_seed(runs, metric).values(), *unseeded])


def _tests(
    pairs: Sequence[tuple[ComparedSetting, ComparedSetting]], sign: float
) -> list[SettingTest]:
    """Each pair, the better one first, tested; all corrected together."""
    tests = [paired_test(better.by_seed[0], other.by_seed[0]) for better, other in pairs]
    corrected = holm([test.p for test in tests])
    return [
        SettingTest(better.label, other.label, test, p, sign * test.difference >= 0)
        for (better, other), test, p in zip(pairs, tests, corrected, strict=True)
    ]


def _dominated(
    one: ComparedSetting, settings: Sequence[ComparedSetting], signs: Sequence[float]
) -> bool:
    """Is another one better in one objective, and in none worse?"""
    own = _means(one, signs)
    for other in settings:
        theirs = _means(other, signs)
        if theirs != own and all(a >= b for a, b in zip(theirs, own, strict=True)):
            return True
    return False


def _means(one: ComparedSetting, signs: Sequence[float]) -> list[float]:
    return [sign * each.mean for sign, each in zip(signs, one.objectives, strict=True)]
