"""The report's drawings, as SVG for the page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from objloc.evaluation.calibration import Calibration
from objloc.evaluation.curves import IouRecall, PrecisionRecall
from objloc.evaluation.error_split import ErrorSplit
from objloc.evaluation.kinds import KINDS
from objloc.page_drawing import INK, drawing
from objloc.page_style import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_CLASSES = 8
"""Classes with a curve of their own: more could not be told apart."""


def precision_recall_plot(curves: Sequence[PrecisionRecall]) -> str:
    """Precision against recall: all classes pooled, and each class at IoU .5 if they are few."""
    pooled = [curve for curve in curves if curve.name is None]
    loosest = min((curve.iou for curve in curves), default=0.5)
    single = [curve for curve in curves if curve.name is not None and curve.iou == loosest]
    with drawing(6.4, 4.2) as drawn:
        axes = drawn.axes
        lines: list[Any] = []
        names: list[str] = []
        recall = np.linspace(0, 1, 101)
        styles = [("-", SERIES["series-1"]), ("--", SERIES["series-2"])]
        for curve, (style, colour) in zip(pooled, styles, strict=False):
            lines += axes.plot(recall, curve.interpolated, style, color=colour)
            names.append(f"all classes pooled, IoU {curve.iou:.2f}: AP {_number(curve.ap)}")
        if 1 < len(single) <= _MOST_CLASSES:
            for curve, colour in zip(single, _others(), strict=False):
                lines += axes.plot(recall, curve.interpolated, color=colour, linewidth=1, alpha=0.9)
                names.append(f"{_shortened(curve.name)}: AP {_number(curve.ap)}")
        _unit_square(axes, "recall: share of the objects found", "precision: share that is right")
        _legend(axes, lines, names)
        if not any(np.isfinite(curve.interpolated).any() for curve in pooled):
            _nothing(axes)
    return drawn.svg


def iou_recall_plot(curve: IouRecall) -> str:
    """The share of the objects that are found at least so exactly."""
    with drawing(6.4, 4.2) as drawn:
        axes = drawn.axes
        lines = axes.plot(curve.iou, curve.found, color=SERIES["series-1"])
        lines += axes.plot(curve.iou, curve.named, "--", color=SERIES["series-2"])
        _unit_square(axes, "IoU at least", "share of the objects")
        _legend(axes, lines, ["found", "found, with the right class"])
        if not np.isfinite(curve.found).any():
            _nothing(axes)
    return drawn.svg


def reliability_plot(calibration: Calibration) -> str:
    """How often a score is right, beside what it promises."""
    with drawing(6.4, 4.2) as drawn:
        axes = drawn.axes
        filled = calibration.count > 0
        widths = np.diff(calibration.edges)
        axes.bar(
            calibration.edges[:-1][filled],
            calibration.right[filled],
            width=widths[filled],
            align="edge",
            color=SERIES["series-1"],
            edgecolor=INK,
            linewidth=0.5,
        )
        (promise,) = axes.plot([0, 1], [0, 1], ":", color=INK, linewidth=1)
        (middle,) = axes.plot(
            calibration.score[filled], calibration.right[filled], "o", color=SERIES["series-2"]
        )
        for score, right, count in zip(
            calibration.score[filled],
            calibration.right[filled],
            calibration.count[filled],
            strict=True,
        ):
            place = (float(score), float(right) + 0.02)
            axes.annotate(str(int(count)), place, ha="center", va="bottom", fontsize=8)
        _unit_square(axes, "score", "share that is right")
        axes.set_ylim(0, 1.08)
        _legend(axes, [middle, promise], ["mean score of a bin, with its detections", "perfect"])
        if not filled.any():
            _nothing(axes)
    return drawn.svg


def error_plot(errors: ErrorSplit) -> str:
    """How many objects and detections are right, and how many wrong in which way."""
    names = [kind.replace("_", " ") for kind in KINDS]
    with drawing(6.4, 3.2) as drawn:
        axes = drawn.axes
        colours = [SERIES["series-1"], *[SERIES["series-2"]] * (len(KINDS) - 1)]
        places = np.arange(len(KINDS))
        axes.barh(places, errors.counts, color=colours)
        for place, count, share in zip(places, errors.counts, errors.shares, strict=True):
            text = f"{count}" if np.isnan(share) else f"{count} ({share:.1%})"
            axes.annotate(
                text,
                (float(count), float(place)),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
            )
        axes.set_yticks(places, names)
        axes.invert_yaxis()
        axes.set_xlim(0, max(1.0, float(errors.counts.max(initial=0)) * 1.2))
        axes.set_xlabel("objects and detections")
        axes.grid(axis="x")
    return drawn.svg


def _unit_square(axes: "Axes", x: str, y: str) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid()


def _legend(axes: "Axes", lines: Sequence[Any], names: Sequence[str]) -> None:
    """Names beside the axes, where no curve runs."""
    axes.legend(lines, names, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=9)


def _others() -> list[str]:
    """Colours beyond the two that pooled curves have, each in two turns."""
    rest = [colour for name, colour in SERIES.items() if name not in ("series-1", "series-2")]
    return (rest * _MOST_CLASSES)[:_MOST_CLASSES]


def _nothing(axes: "Axes") -> None:
    axes.annotate(
        "nothing to measure", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center"
    )


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


def _shortened(name: str | None, most: int = 24) -> str:
    text = name or ""
    return text if len(text) <= most else text[: most - 1] + "…"
