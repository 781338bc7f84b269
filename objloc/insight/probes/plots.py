"""The probes' drawings, as SVG for the page."""

from typing import TYPE_CHECKING, Any

import numpy as np

from objloc.evaluation.bootstrap import Interval
from objloc.insight.probes.curve import Curve
from objloc.insight.probes.equivariance import Equivariance
from objloc.insight.probes.position_map import PositionMap
from objloc.page_drawing import INK, drawing
from objloc.page_style import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAND = 0.18  # opacity of an interval
_TRAINED = 0.07  # of the range that was trained on


def curve_plot(curve: Curve) -> str:
    """Recall, mean IoU and false presence along a condition, with their intervals."""
    if curve.condition.is_of_kinds:
        return _kinds_plot(curve)
    with drawing(7.2, 3.9) as drawn:
        axes = drawn.axes
        x = np.array([float(value) for value in curve.values])
        lines = [
            _with_band(axes, x, curve.recall(), "series-1", "o-"),
            _with_band(axes, x, curve.mean_iou(), "series-2", "s--"),
        ]
        names = ["recall", "mean IoU"]
        if curve.imagined.size:
            lines.append(_with_band(axes, x, curve.false_presence(), "series-4", "^:"))
            names.append("found in empty scenes")
        band = _trained(axes, curve)
        if band is not None:
            lines.append(band)
            names.append("trained on")
        if curve.condition.logarithmic:
            axes.set_xscale("log")
            ticks = _spread(x)
            axes.set_xticks(ticks, [f"{one:g}" for one in ticks])
            axes.set_xticks([], minor=True)
        unit = curve.condition.unit.strip()
        axes.set_xlabel(curve.condition.title + (f", {unit}" if unit else ""))
        _shares(axes)
        _legend(axes, lines, names)
    return drawn.svg


def _kinds_plot(curve: Curve) -> str:
    """The same for kinds, one below the other."""
    trained = curve.condition.trained or ()
    names = [
        f"{_shortened(str(value))}{' (trained on)' if value in trained else ''}"
        for value in curve.values
    ]
    parts = [
        ("recall", curve.recall(), "series-1", "o"),
        ("mean IoU", curve.mean_iou(), "series-2", "s"),
    ]
    if curve.imagined.size:
        parts.append(("found in empty scenes", curve.false_presence(), "series-4", "^"))
    with drawing(7.2, 1.3 + 0.45 * len(names)) as drawn:
        axes = drawn.axes
        lines = []
        for number, (_, shares, colour, marker) in enumerate(parts):
            y = np.arange(len(names)) + 0.18 * (number - (len(parts) - 1) / 2)
            values, low, high = _arrays(shares)
            axes.hlines(y, low, high, color=SERIES[colour], alpha=0.5)
            lines += axes.plot(values, y, marker, color=SERIES[colour])
        axes.set_yticks(np.arange(len(names)), names)
        axes.invert_yaxis()
        axes.set_xlim(-0.02, 1.02)
        axes.grid(axis="x")
        _legend(axes, lines, [name for name, *_ in parts])
    return drawn.svg


def position_plot(places: PositionMap) -> str:
    """Recall by x, whatever y is, and by y, whatever x is."""
    with drawing(7.2, 3.6) as drawn:
        axes = drawn.axes
        lines = [
            _with_band(axes, places.x, places.along(0), "series-1", "o-"),
            _with_band(axes, places.y, places.along(1), "series-2", "s--"),
        ]
        axes.set_xlim(0, places.side)
        axes.set_xlabel("centre of the object, px")
        _shares(axes)
        _legend(axes, lines, ["recall by x (left to right)", "recall by y (top to bottom)"])
    return drawn.svg


def shift_plot(shift: Equivariance) -> str:
    """How far the box is from following, at each shift."""
    along_x, along_y = shift.by_shift()
    with drawing(7.2, 3.4) as drawn:
        axes = drawn.axes
        lines = axes.plot(shift.shifts, along_x, "o-", color=SERIES["series-1"], markersize=3.5)
        lines += axes.plot(shift.shifts, along_y, "s--", color=SERIES["series-2"], markersize=3.5)
        axes.set_xlabel("the object is moved by, px")
        axes.set_ylabel("error of the box's sides, px")
        axes.set_ylim(bottom=0)
        axes.grid()
        _legend(axes, lines, ["along x", "along y"])
    return drawn.svg


def period_plot(shift: Equivariance) -> str:
    """Of which periods the error is made."""
    periods = shift.by_period()
    with drawing(7.2, 2.6) as drawn:
        axes = drawn.axes
        places = np.arange(len(periods))
        axes.bar(places, list(periods.values()), width=0.6, color=SERIES["series-1"])
        for place, value in zip(places, periods.values(), strict=True):
            axes.annotate(f"{value:.2f}", (place, value), ha="center", va="bottom", fontsize=9)
        names = [f"{period} px" for period in periods]
        if names:
            names[-1] += " or slower"
        axes.set_xticks(places, names)
        axes.set_xlabel("the error repeats every")
        axes.set_ylabel("px, root mean square")
        axes.margins(y=0.15)
    return drawn.svg


def _with_band(axes: "Axes", x: np.ndarray, shares: list[Interval], colour: str, style: str) -> Any:
    values, low, high = _arrays(shares)
    axes.fill_between(x, low, high, color=SERIES[colour], alpha=_BAND, linewidth=0)
    (line,) = axes.plot(x, values, style, color=SERIES[colour], markersize=4)
    return line


def _trained(axes: "Axes", curve: Curve) -> Any:
    """The range that was trained on, as a band, or as a line where it is one value."""
    if curve.condition.trained is None:
        return None
    low, high = (float(one) for one in curve.condition.trained)
    if low == high:
        return axes.axvline(low, color=INK, linewidth=1, linestyle=(0, (1, 2)))
    return axes.axvspan(low, high, color=INK, alpha=_TRAINED, linewidth=0)


def _spread(values: np.ndarray) -> list[float]:
    """Of values that lie close together, those whose numbers have room on a logarithmic axis."""
    room = np.log(values[-1] / values[0]) / 14
    kept = [float(values[0])]
    for value in values[1:]:
        if np.log(value / kept[-1]) >= room:
            kept.append(float(value))
    return kept


def _arrays(shares: list[Interval]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = np.array([[one.value, one.low, one.high] for one in shares])
    return rows[:, 0], rows[:, 1], rows[:, 2]


def _shares(axes: "Axes") -> None:
    axes.set_ylim(-0.02, 1.03)
    axes.set_ylabel("share, or mean IoU")
    axes.grid()


def _legend(axes: "Axes", lines: list[Any], names: list[str]) -> None:
    """Names above the axes, where no curve runs."""
    axes.legend(lines, names, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, fontsize=9)


def _shortened(name: str, most: int = 28) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
