"""All runs of a comparison as lines over the values of each key, to the metric."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from objloc.comparison.compared_run import ComparedRun
from objloc.comparison.comparison import Comparison
from objloc.comparison.comparison_tables import title_of
from objloc.comparison.key_scale import KeyScale
from objloc.page_drawing import INK, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_KEYS = 8
_GREY = "#8b8b8b"
# From the worst to the best; as light as is legible on white and on black.
_COLOURS = ("#3f7fbf", "#9a6fb0", "#e06c1f")
_PAPER = "#fefdfc"  # stands for the page's colour, whatever that is


def parallel_plot(comparison: Comparison, keys: Sequence[str]) -> str:
    """One line a run, from key to key, and on to the first metric, where the best stands highest.

    Pruned runs are thin and grey, and end before the metric.

    Args:
        comparison: what is shown; at least one run has finished.
        keys: the axes, from the left.
    """
    metric, best_last = comparison.metrics[0], comparison.modes[0] == "max"
    done = [run for one in comparison.settings for run in one.runs]
    done.sort(key=lambda run: run.metrics[metric], reverse=not best_last)
    pruned = [run for run in comparison.runs if run.outcome == "PRUNED"]
    shown = [*pruned, *done]
    scales = [KeyScale([run.values.get(key, "unset") for run in shown]) for key in keys]
    low, high = sorted((done[0].metrics[metric], done[-1].metrics[metric]))
    with drawing(1.5 + 1.55 * len(keys), 4.4) as figure:
        axes = figure.axes
        for run in shown:
            heights = _heights(run, keys, scales)
            if run.outcome == "PRUNED":
                axes.plot(range(len(keys)), heights, color=_GREY, linewidth=0.6, alpha=0.8)
                continue
            share = (run.metrics[metric] - low) / (high - low) if high > low else 1.0
            share = share if best_last else 1 - share
            axes.plot(
                range(len(keys) + 1),
                [*heights, share],
                color=_colour(share),
                linewidth=1.2 + 1.2 * share**4,
                alpha=0.9,
            )
        for place, scale in enumerate(scales):
            _axis(axes, place, scale.ticks())
        ends = (low, high) if best_last else (high, low)
        steps = (0.0, 0.25, 0.5, 0.75, 1.0) if high > low else (1.0,)
        ticks = [(step, f"{ends[0] + step * (ends[1] - ends[0]):.4g}") for step in steps]
        _axis(axes, len(keys), ticks)
        names = [*(_broken(key) for key in keys), title_of(metric)]
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks([])
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.set_xlim(-0.45, len(keys) + 0.45)
        axes.set_ylim(-0.05, 1.05)
    return figure.svg.replace(_PAPER, "var(--paper)")


def _heights(run: ComparedRun, keys: Sequence[str], scales: Sequence[KeyScale]) -> list[float]:
    return [
        scale.place(run.values.get(key, "unset")) for key, scale in zip(keys, scales, strict=True)
    ]


def _axis(axes: "Axes", place: int, ticks: Sequence[tuple[float, str]]) -> None:
    """An upright line with named places."""
    axes.plot([place, place], [0, 1], color=INK, linewidth=0.8, zorder=3)
    for height, name in ticks:
        axes.plot([place], [height], "_", color=INK, markersize=6, zorder=3)
        axes.annotate(
            name,
            (place, height),
            xytext=(-6, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8,
            zorder=4,
            bbox={"facecolor": _PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 1},
        )


def _colour(share: float) -> tuple[float, float, float]:
    """Between the colours of the worst and the best."""
    position = min(max(share, 0.0), 1.0) * (len(_COLOURS) - 1)
    index = min(math.floor(position), len(_COLOURS) - 2)
    part = position - index
    low, high = (_channels(_COLOURS[one]) for one in (index, index + 1))
    red, green, blue = (a + part * (b - a) for a, b in zip(low, high, strict=True))
    return red, green, blue


def _channels(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))


def _broken(key: str) -> str:
    """A long key on two lines."""
    head, dot, last = key.rpartition(".")
    return f"{head}.\n{last}" if dot and len(key) > 14 else key
