"""Ridgelines: how a distribution over 0..1 wanders from row to row, drawn as a range of hills."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from objloc.page_drawing import INK, drawing
from objloc.page_style import SERIES

GRID = np.linspace(0, 1, 241)
"""Where densities are computed."""

_BANDWIDTH = 0.025
_OVERLAP = 2.6  # rows that the highest hill reaches up


def density(values: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " 241"]:
    """A smooth density of numbers in 0..1 on `GRID`; zeros where there is no number.

    A Gaussian kernel estimate whose tails are folded back at 0 and 1 (Silverman 1986, "Density
    Estimation", section 2.10): what lies at an edge, such as an IoU of 0, is not thinned out there,
    and the density's integral over 0..1 is 1.
    """
    if len(values) == 0:
        return np.zeros(len(GRID))
    folded = np.concatenate([values, -values, 2 - values])
    apart = (GRID[:, None] - folded[None]) / _BANDWIDTH  # (241, 3 n)
    heights = np.exp(-(apart**2) / 2).sum(axis=1)
    return heights / (len(values) * _BANDWIDTH * np.sqrt(2 * np.pi))


def ridgeline_plot(
    rows: Sequence[Float64[np.ndarray, " _n"]], names: Sequence[str], label: str
) -> str:
    """One hill a row, the first on top, all to one scale; a mark at each row's median.

    Args:
        rows: numbers in 0..1.
        names: of the rows.
        label: what the numbers are.
    """
    hills = [density(row) for row in rows]
    highest = max((float(hill.max()) for hill in hills), default=0.0) or 1.0
    with drawing(6.4, 1.4 + 0.34 * len(rows)) as drawn:
        axes = drawn.axes
        for place, (hill, row) in enumerate(zip(hills, rows, strict=True)):
            ground = -float(place)
            heights = ground + _OVERLAP * hill / highest
            axes.fill_between(
                GRID,
                ground,
                heights,
                facecolor=SERIES["series-1"],
                alpha=0.55,
                linewidth=0,
                zorder=2 + place,
            )
            axes.plot(GRID, heights, color=INK, linewidth=0.9, zorder=2.4 + place)
            if len(row):
                middle = float(np.median(row))
                top = float(np.interp(middle, GRID, heights))
                axes.plot(
                    [middle, middle],
                    [ground, top],
                    color=SERIES["series-2"],
                    linewidth=1.6,
                    zorder=2.5 + place,
                )
        axes.set_yticks([-float(place) for place in range(len(rows))], names)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlim(0, 1)
        axes.set_ylim(-len(rows) + 0.8, _OVERLAP + 0.1)
        axes.set_xlabel(label)
        axes.grid(axis="x")
    return drawn.svg
