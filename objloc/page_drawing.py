"""Drawings as SVG whose colours follow a page's light or dark scheme.

matplotlib is used through its objects: nothing of it is kept between two drawings. It is imported
when something is drawn, for about a second.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from objloc.page_style import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#010203"
"""Stands for the page's colour of text, whatever that is."""

_SETTINGS: Any = {
    "svg.fonttype": "none",  # text as text: it can be searched and read aloud
    "svg.hashsalt": "objloc",  # the same drawing, the same ids
    "text.parse_math": False,  # a class may be called "$1"
    "font.family": ["sans-serif"],
    "font.size": 10.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.12,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.8,
}


class Drawing:
    """A figure with one pair of axes, and its SVG once it is finished."""

    def __init__(self, figure: "Figure", axes: "Axes") -> None:
        self.figure = figure
        self.axes = axes
        self.svg = ""


@contextmanager
def drawing(width: float, height: float) -> Iterator[Drawing]:
    """Axes to draw on inside the block; afterwards `svg` holds the drawing. Sizes in inches."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=(width, height), layout="constrained")
        drawn = Drawing(figure, figure.subplots())
        drawn.axes.set_axisbelow(True)
        yield drawn
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue().replace(INK, "currentColor")
    for name, colour in SERIES.items():
        svg = svg.replace(colour, f"var(--{name})")
    drawn.svg = svg


def standalone(svg: str) -> str:
    """A drawing with colours of its own, on white, for a file outside of a page."""
    for name, colour in SERIES.items():
        svg = svg.replace(f"var(--{name})", colour)
    svg = svg.replace("currentColor", "#222222")
    head, tag, rest = svg.partition("<svg ")
    return f'{head}{tag}style="background: white" {rest}'
