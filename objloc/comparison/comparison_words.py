"""A comparison's answer in sentences, with numbers as people read them."""

import math
from collections import Counter
from collections.abc import Sequence

from objloc.comparison.compared_run import ComparedRun
from objloc.comparison.compared_setting import ComparedSetting, SettingTest
from objloc.comparison.statistics import MeanInterval

ONE_SEED = "one seed each: differences cannot be told from noise; repeat with seeds=3"
_NAMED = 5  # settings that a sentence names before it counts the rest


def number(value: float) -> str:
    """Three digits after the point, or three that count; a dash for NaN."""
    if math.isnan(value):
        return "–"
    if value == 0 or 0.01 <= abs(value) < 100:
        return f"{value:.3f}"
    return f"{value:.0f}" if 100 <= abs(value) < 1e6 else f"{value:.3g}"


def mean_and_spread(interval: MeanInterval) -> str:
    """`0.941 ± 0.003`; the mean alone where the interval is not known."""
    if math.isnan(interval.half_width):
        return number(interval.mean)
    digits = 3 if 0.0005 <= interval.half_width < 100 or interval.half_width == 0 else 5
    spread = number(interval.half_width) if interval.half_width >= 100 else ""
    return f"{number(interval.mean)} ± {spread or f'{interval.half_width:.{digits}f}'}"


def probability(p: float) -> str:
    """`p = 0.002` or `p < 0.001`; "not tested" for NaN."""
    if math.isnan(p):
        return "not tested"
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def duration(seconds: float) -> str:
    """`48 s`, `12.3 min` or `2.1 h`; a dash for NaN."""
    if math.isnan(seconds):
        return "–"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def sentences(
    settings: Sequence[ComparedSetting],
    tests: Sequence[SettingTest],
    front: Sequence[ComparedSetting],
    runs: Sequence[ComparedRun],
    metrics: Sequence[str],
) -> tuple[str, ...]:
    """The answer, then what limits it, then what became of the other runs.

    Args:
        settings: the best first.
        tests: of the first one with each other one.
        front: where there are several objectives, the settings on the Pareto front.
        runs: everything that was looked at.
        metrics: the objectives.
    """
    if not settings:
        said = [_nothing(runs, metrics)]
    elif len(metrics) > 1:
        said = [_front(settings, front, metrics)]
    elif len(settings) == 1:
        [only] = settings
        said = [f"{_with_mean(only)} in {metrics[0]}, {_seeds(only.seeds)}; no other to compare"]
    elif max(one.seeds for one in settings) == 1:
        first, second = settings[:2]
        said = [f"highest up: {_with_mean(first)}, then {_with_mean(second)} ({metrics[0]})"]
    else:
        said = _answers(settings, tests)
    if settings:
        said += _limits(settings)
    others = _others(runs, settings)
    return tuple([*said, others] if others else said)


def _answers(settings: Sequence[ComparedSetting], tests: Sequence[SettingTest]) -> list[str]:
    best = settings[0]
    by_label = {one.label: one for one in settings}
    said = []
    beaten = [one for one in tests if one.shown and one.holds]
    if beaten:
        others = [f"{_with_mean(by_label[one.other])} ({probability(one.p)})" for one in beaten]
        said.append(f"{_with_mean(best)} beats {_enumerated(others)}")
    alike = [one for one in tests if not one.shown and not math.isnan(one.p)]
    if len(alike) == 1:
        [one] = alike
        said.append(f"{one.better} and {one.other}: no difference shown ({probability(one.p)})")
    elif alike:
        names = [f"{one.other} ({probability(one.p)})" for one in alike]
        told = "" if beaten else f", {_with_mean(best)}"
        said.append(f"not told apart from the best{told}: {_enumerated(names)}")
    for one in tests:
        if one.shown and not one.holds:
            said.append(
                f"{one.other} is better than {one.better} under the {len(one.test.seeds)} seeds "
                f"that both have ({probability(one.p)}): {one.better} is ahead by its other seeds"
            )
    untested = [one.other for one in tests if math.isnan(one.p)]
    if untested:
        told = "" if beaten or alike else f" with the best, {_with_mean(best)}"
        said.append(f"not compared{told}, for want of two shared seeds: {_enumerated(untested)}")
    return said


def _limits(settings: Sequence[ComparedSetting]) -> list[str]:
    """What keeps the answer from being sure."""
    most = max(one.seeds for one in settings)
    said = []
    if most == 1:
        if len(settings) > 1:
            said.append(ONE_SEED)
    elif most == 2 and len(settings) > 1:
        said.append("two seeds each at most show none but very large differences")
    fewer = [one for one in settings if one.seeds < most]
    if fewer:
        names = [f"{one.label} ({one.seeds} of {most})" for one in fewer]
        said.append(f"with fewer seeds than others: {_enumerated(names)}")
    flattered = [one for one in settings if one.lost and one.seeds < most]
    if flattered:
        names = [one.label for one in flattered]
        said.append(
            f"runs that did not finish are missing in the means, which may flatter "
            f"{_enumerated(names)}"
        )
    return said


def _front(
    settings: Sequence[ComparedSetting], front: Sequence[ComparedSetting], metrics: Sequence[str]
) -> str:
    names = [
        f"{one.label} ({', '.join(mean_and_spread(each) for each in one.objectives)})"
        for one in front
    ]
    return (
        f"on the Pareto front of {' and '.join(metrics)}, {len(front)} of {len(settings)} "
        f"settings: {_enumerated(names)}"
    )


def _nothing(runs: Sequence[ComparedRun], metrics: Sequence[str]) -> str:
    """Why there is no answer."""
    finished = [run for run in runs if run.outcome == "FINISHED"]
    if not runs:
        return "there is no run to compare"
    if not finished:
        return "no run has finished: there is nothing to compare"
    known = Counter(name for run in finished for name in run.metrics)
    split = [name for name in known if name.startswith(("val/", "test/"))]
    has = f"they have {_enumerated(sorted(split))}" if split else "they have no metric at all"
    return f"no finished run has a number for {' and '.join(metrics)}; {has}"


def _others(runs: Sequence[ComparedRun], settings: Sequence[ComparedSetting]) -> str:
    """What became of the runs that do not count."""
    counts = Counter(str(run.outcome) for run in runs)
    names = {"PRUNED": "pruned", "FAILED": "failed", "KILLED": "interrupted", "RUNNING": "running"}
    parts = [f"{counts[key]} {name}" for key, name in names.items() if counts[key]]
    silent = counts["FINISHED"] - sum(len(one.runs) for one in settings)
    if silent and settings:
        parts.append(f"{silent} without a number")
    return f"of {len(runs)} runs left out: {', '.join(parts)}" if parts else ""


def _with_mean(one: ComparedSetting) -> str:
    return f"{one.label} {mean_and_spread(one.interval)}"


def _seeds(count: int) -> str:
    return "one seed" if count == 1 else f"{count} seeds"


def _enumerated(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and 3 more`."""
    if len(names) > _NAMED + 1:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
