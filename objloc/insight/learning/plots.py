"""Drawings of a recorded learning."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float64

from objloc.insight.learning.stored import Learning
from objloc.page_drawing import INK, drawing
from objloc.page_style import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RULE = 1e-3
"""The update-to-weight ratio that is often called healthy."""

_SMALLEST = 1e-9  # of what is drawn on a scale of powers of ten
_MOST_NAMES = 45  # of layers beside a heat map
_FLOOR_SEEN = 1e-6


def loss_plot(learning: Learning, part: int) -> str:
    """One part of the loss over the epochs: as it is, its floor, and what is between them."""
    epochs, trained = learning.epochs, learning.with_gradients
    floors = [float(one.val_floors[part]) for one in epochs]
    with drawing(6.4, 3.4) as drawn:
        axes = drawn.axes
        lines: list[Any] = []
        names: list[str] = []
        blue, orange = SERIES["series-1"], SERIES["series-2"]
        at, trained_at = [one.epoch for one in epochs], [one.epoch for one in trained]

        def add(
            name: str, where: Sequence[int], values: Sequence[float], colour: str, style: str
        ) -> None:
            lines.extend(axes.plot(where, _drawable(values), style, color=colour, markersize=3.5))
            names.append(name)

        add("loss, validation", at, [one.val_losses[part] for one in epochs], blue, "-o")
        losses = [one.train_losses[part] for one in trained]
        add("loss, training pictures", trained_at, losses, blue, "--")
        if max(floors, default=0) > _FLOOR_SEEN:
            add("excess, validation", at, [one.val_excess[part] for one in epochs], orange, "-o")
            excess = [one.train_excess[part] for one in trained]
            add("excess, training pictures", trained_at, excess, orange, "--")
            add("floor, validation", at, floors, INK, ":")
        _powers(axes, "epochs", f"{learning.setting.parts[part]} loss")
        _legend(axes, lines, names)
    return drawn.svg


def part_gradient_plot(learning: Learning) -> str:
    """How long each part's gradient is, as it counts in the sum, over the epochs."""
    with drawing(6.4, 3.4) as drawn:
        axes = drawn.axes
        norms = np.array([one.part_norms() for one in learning.with_gradients])  # (E, P)
        at = [one.epoch for one in learning.with_gradients]
        lines: list[Any] = []
        for values, colour in zip(norms.T, SERIES.values(), strict=False):
            lines += axes.plot(at, _drawable(values), "-o", color=colour, markersize=3.5)
        _powers(axes, "epochs", "length of the weighted gradient")
        _legend(axes, lines, learning.setting.parts)
    return drawn.svg


def cosine_plot(learning: Learning) -> str:
    """The cosines between the parts' gradients in the backbone, over the epochs."""
    parts = learning.setting.parts
    at = [one.epoch for one in learning.with_gradients]
    backbone = learning.setting.on_backbone
    cosines = np.array([one.cosines(backbone) for one in learning.with_gradients])
    colours = [*SERIES.values()]
    with drawing(6.4, 3.4) as drawn:
        axes = drawn.axes
        axes.axhline(0, color=INK, linewidth=0.8)
        lines: list[Any] = []
        names: list[str] = []
        pairs = [(first, second) for second in range(len(parts)) for first in range(second)]
        for number, (first, second) in enumerate(pairs):
            lines += axes.plot(
                at,
                cosines[:, first, second],
                "-o",
                color=colours[number % len(colours)],
                markersize=3.5,
            )
            names.append(f"{parts[first]} and {parts[second]}")
        axes.set_ylim(-1.02, 1.02)
        axes.set_xlabel("epochs")
        axes.set_ylabel("cosine")
        axes.grid()
        _legend(axes, lines, names)
    return drawn.svg


def layer_plot(
    values: Float64[np.ndarray, "layers epochs"],
    layers: Sequence[str],
    epochs: Sequence[int],
    label: str,
    middle: float | None = None,
) -> str:
    """A heat map of numbers by layer and epoch, coloured by their powers of ten.

    Args:
        values: not negative; what is 0 or not known stays empty.
        layers: names of the rows, from the pixels to the answer.
        epochs: names of the columns.
        label: what the numbers are.
        middle: where colours turn from one to the other; None for one range of colours.
    """
    powers = np.log10(np.where(values > 0, values, np.nan))
    known = powers[np.isfinite(powers)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (-1.0, 0.0)
    colours = "viridis"
    if middle is not None:
        reach = max(1.0, abs(low - np.log10(middle)), abs(high - np.log10(middle)))
        low, high = np.log10(middle) - reach, np.log10(middle) + reach
        colours = "PuOr"
    named = range(0, len(layers), 1 + len(layers) // _MOST_NAMES)
    with drawing(6.8, 1.5 + 0.2 * min(len(layers), 60)) as drawn:
        axes = drawn.axes
        mesh = axes.pcolormesh(powers, cmap=colours, vmin=low, vmax=max(high, low + 0.1))
        axes.set_yticks([place + 0.5 for place in named], [layers[place] for place in named])
        axes.tick_params(axis="y", labelsize=8, length=0)
        step = 1 + len(epochs) // 16
        columns = range(0, len(epochs), step)
        axes.set_xticks([place + 0.5 for place in columns], [str(epochs[c]) for c in columns])
        axes.invert_yaxis()
        axes.set_xlabel("epochs")
        bar = drawn.figure.colorbar(mesh, ax=axes, shrink=min(1.0, 8 / max(len(layers), 8)))
        bar.set_label(f"{label}, power of ten")
        bar.outline.set_visible(False)
    return drawn.svg


def _drawable(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Numbers as a scale of powers of ten has room for them."""
    return np.maximum(np.asarray(values, np.float64), _SMALLEST)


def _powers(axes: "Axes", x: str, y: str) -> None:
    """A scale of powers of ten, whose numbers are plain text."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    wide = high > 1e3 * low
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid()


def _legend(axes: "Axes", lines: Sequence[Any], names: Sequence[str]) -> None:
    """Names above the axes, where no curve runs."""
    axes.legend(lines, names, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8.5)
