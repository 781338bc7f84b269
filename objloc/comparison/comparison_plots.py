"""The drawings of a comparison, as SVG for `objloc.page`: light and dark, about a second in all."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from objloc.comparison.compared_setting import ComparedSetting
from objloc.comparison.comparison import Comparison
from objloc.comparison.comparison_tables import title_of
from objloc.comparison.importance import key_importance
from objloc.comparison.parallel_plot import MOST_KEYS, parallel_plot
from objloc.page_drawing import INK, drawing
from objloc.page_style import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SETTINGS = 30
_LABELLED = 8
_BEST, _ALIKE, _WORSE = SERIES["series-2"], SERIES["series-1"], SERIES["series-8"]


def comparison_plots(comparison: Comparison) -> list[tuple[str, str]]:
    """Every drawing that says something here, with its caption; none before a run has finished."""
    settings = comparison.settings
    if not settings:
        return []
    drawn = []
    if len(comparison.metrics) == 2 and len(settings) > 1:
        drawn.append((pareto_plot(comparison), PARETO))
    left_out = len(settings) - MOST_SETTINGS
    more = f" {left_out} more settings are below these." if left_out > 0 else ""
    names = f" Settings are named by {', '.join(comparison.keys)}." if comparison.keys else ""
    for objective, metric in enumerate(comparison.metrics):
        colours = ON_FRONT if len(comparison.metrics) > 1 else TOLD_APART
        caption = f"{title_of(metric)}: {SETTINGS} {colours}{names}{more}"
        drawn.append((settings_plot(comparison, objective), caption))
    importance = key_importance(comparison)
    if importance:
        few = FEW if len(settings) < 20 else ""
        drawn.append((importance_plot(importance, comparison.metrics[0]), IMPORTANCE + few))
    keys = list(importance or comparison.keys)[:MOST_KEYS]
    if len(keys) > 1 and len(settings) > 2:
        drawn.append((parallel_plot(comparison, keys), PARALLEL))
    return drawn


SETTINGS = (
    "each setting's mean, with its 95 % interval where there are several seeds; small dots are the "
    "seeds."
)
TOLD_APART = (
    "Orange: the best. Blue: not told apart from it. Grey: shown to be worse, by the paired test "
    "below. Intervals may overlap although a test shows a difference: it takes out what a seed "
    "does to both."
)
ON_FRONT = "Orange: on the Pareto front."
PARETO = (
    "Each setting's mean in both objectives. Orange, joined by a line: those that no other one "
    "beats in one objective without losing in the other."
)
IMPORTANCE = (
    "What share of the metric's variation each key accounts for, alone or with others (functional "
    "ANOVA over a random forest)."
)
FEW = " With so few settings it is a rough guide."
PARALLEL = (
    "One line a run through the values that it was given, to what it came to: the more orange and "
    "the higher it ends, the better. Thin grey lines were pruned."
)


def settings_plot(comparison: Comparison, objective: int = 0) -> str:
    """Settings below each other with mean, interval and seeds."""
    settings = comparison.settings[:MOST_SETTINGS]
    with drawing(7.2, 0.9 + 0.3 * len(settings)) as figure:
        axes = figure.axes
        colours = _colours(comparison, settings)
        for place, (one, colour) in enumerate(zip(settings, colours, strict=True)):
            interval = one.objectives[objective]
            values = [run.metrics[comparison.metrics[objective]] for run in one.runs]
            if len(values) > 1:
                axes.plot(values, [place + 0.24] * len(values), ".", color=colour, markersize=4)
            half = interval.half_width
            axes.errorbar(
                [interval.mean],
                [place],
                xerr=None if math.isnan(half) else [half],
                fmt="o",
                color=colour,
                capsize=3,
                linewidth=1.6,
                markersize=6,
            )
        axes.set_yticks(range(len(settings)), [_name(one, comparison) for one in settings])
        axes.set_ylim(len(settings) - 0.5, -0.5)
        axes.set_xlabel(title_of(comparison.metrics[objective]))
        axes.grid(axis="x")
        _within(axes, settings, objective)
    return figure.svg


def importance_plot(importance: dict[str, float], metric: str) -> str:
    """A bar for each key."""
    with drawing(7.2, 0.9 + 0.3 * len(importance)) as figure:
        axes = figure.axes
        places = np.arange(len(importance))
        shares = list(importance.values())
        axes.barh(places, shares, height=0.6, color=_ALIKE)
        for place, share in zip(places, shares, strict=True):
            axes.annotate(
                f"{share:.0%}",
                (share, float(place)),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
            )
        axes.set_yticks(places, [_shortened(key) for key in importance])
        axes.invert_yaxis()
        axes.set_xlim(0, max(shares) * 1.12)
        axes.set_xlabel(f"share of the variation of {title_of(metric)}")
    return figure.svg


def pareto_plot(comparison: Comparison) -> str:
    """Two objectives against each other, the front joined."""
    front = sorted(comparison.front, key=lambda one: one.objectives[0].mean)
    rest = [one for one in comparison.settings if one not in comparison.front]
    with drawing(7.2, 4.6) as figure:
        axes = figure.axes
        axes.plot(*_points(rest), "o", color=_ALIKE, markersize=5, alpha=0.8)
        x, y = _points(front)
        # From one to the next nothing is known: the staircase is what both together guarantee.
        rising = comparison.modes[0] == "max"
        axes.step(x, y, where="pre" if rising else "post", color=_BEST, linewidth=1.0, alpha=0.7)
        axes.plot(x, y, "o", color=_BEST, markersize=7)
        for one in front[:_LABELLED]:
            first, second = one.objectives
            axes.annotate(
                _name(one, comparison),
                (first.mean, second.mean),
                xytext=(7, 4),
                textcoords="offset points",
                fontsize=8,
                color=INK,
            )
        axes.margins(0.12)
        axes.set_xlabel(f"{title_of(comparison.metrics[0])} ({comparison.modes[0]})")
        axes.set_ylabel(f"{title_of(comparison.metrics[1])} ({comparison.modes[1]})")
        axes.grid()
    return figure.svg


def _colours(comparison: Comparison, settings: Sequence[ComparedSetting]) -> list[str]:
    """Of the best, of those not told apart from it, and of the others."""
    if len(comparison.metrics) > 1:
        return [_BEST if one in comparison.front else _ALIKE for one in settings]
    worse = {test.other for test in comparison.tests if test.shown and test.holds}
    colours = [_WORSE if one.label in worse else _ALIKE for one in settings]
    return [_BEST, *colours[1:]]


def _within(axes: "Axes", settings: Sequence[ComparedSetting], objective: int) -> None:
    """As wide as means, seeds and most intervals need: one interval of two seeds would fill all."""
    means = [one.objectives[objective].mean for one in settings]
    halves = [one.objectives[objective].half_width for one in settings]
    spread = max(means) - min(means)
    seeds = [value for one in settings for value in one.by_seed[objective].values()]
    known = [half for half in halves if not math.isnan(half)]
    most = max(spread, 2 * float(np.median(known)) if known else 0.0) or 0.01
    ends = [
        (max(mean - half, min(means) - most), min(mean + half, max(means) + most))
        for mean, half in zip(means, halves, strict=True)
        if not math.isnan(half)
    ]
    low = min([*means, *seeds, *(end[0] for end in ends)])
    high = max([*means, *seeds, *(end[1] for end in ends)])
    margin = 0.05 * ((high - low) or max(abs(high), 0.1))
    axes.set_xlim(low - margin, high + margin)


def _points(settings: Sequence[ComparedSetting]) -> tuple[list[float], list[float]]:
    first = [one.objectives[0].mean for one in settings]
    return first, [one.objectives[1].mean for one in settings]


def _name(one: ComparedSetting, comparison: Comparison) -> str:
    """The values alone: there is little room, and the caption names the keys."""
    return _shortened(
        ", ".join(one.values.get(key, "unset") for key in comparison.keys) or one.label
    )


def _shortened(text: str, most: int = 46) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
