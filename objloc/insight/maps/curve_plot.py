"""Deletion and insertion curves, as SVG for the page."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from objloc.insight.maps.deletion import Curves
from objloc.page_drawing import INK, drawing
from objloc.page_style import SERIES

_STYLES = ("--", ":")


def curve_plot(
    kind: Literal["deletion", "insertion"],
    methods: Mapping[str, Sequence[Curves]],
    references: Mapping[str, Sequence[Curves]],
) -> str:
    """The mean curve of each method, and those of references in the colour of text.

    Args:
        kind: which of the two curves.
        methods: curves by the method's title.
        references: likewise; two at most.
    """
    with drawing(7.6, 3.8) as drawn:
        axes = drawn.axes
        colours = list(SERIES.values())
        for number, (name, curves) in enumerate(methods.items()):
            if curves:
                shares, values = _mean(kind, curves)
                # With more methods than colours, a second round is dashed.
                style = "-" if number < len(colours) else "-."
                axes.plot(shares, values, style, color=colours[number % len(colours)], label=name)
        for (name, curves), style in zip(references.items(), _STYLES, strict=False):
            if curves:
                shares, values = _mean(kind, curves)
                axes.plot(shares, values, style, color=INK, linewidth=1.2, label=name)
        # As the steps are: what happens to the first pixels is the most telling.
        axes.set_xscale("function", functions=(np.sqrt, np.square))
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1])
        axes.set_ylim(0, 1.02)
        verb = "taken away" if kind == "deletion" else "put in"
        axes.set_xlabel(f"share of pixels {verb} (scale: its root)")
        axes.set_ylabel("score × IoU")
        axes.grid(True)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return drawn.svg


def _mean(
    kind: Literal["deletion", "insertion"], curves: Sequence[Curves]
) -> tuple[np.ndarray, np.ndarray]:
    return curves[0].shares, np.mean([getattr(one, kind) for one in curves], axis=0)
