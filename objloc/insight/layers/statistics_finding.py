"""The layers' statistics for a page, a table and a run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from objloc.insight.finding import Table
from objloc.insight.layers.layer_statistics import LayerStatistics
from objloc.page import Page

_MOST_ROWS = 40
"""With more layers than this, those that there is nothing to say of are folded away."""

_MOSTLY = 0.5  # share of saturated values from which on it is worth a warning
_NUMBERS = range(2, 14)

_HEADER = (
    "layer",
    "kind",
    "output",
    "weights",
    "mean",
    "deviation",
    "lowest",
    "1 % below",
    "half below",
    "99 % below",
    "highest",
    "zeros",
    "dead",
    "constant",
    "copies",
    "saturated",
)


@dataclass(frozen=True)
class StatisticsFinding:
    """What the layers put out over a set of pictures, and what is wrong with it.

    Attributes:
        layers: in the order of the calls, parts of blocks included.
        pictures_seen: how many pictures they are about.
    """

    layers: Sequence[LayerStatistics]
    pictures_seen: int

    @property
    def outermost(self) -> list[LayerStatistics]:
        """Those that are not parts of others in the list: a block, not its convolution."""
        paths = {one.path for one in self.layers}
        return [one for one in self.layers if not _around(one.path, paths)]

    def warnings(self) -> list[str]:
        """What is worth a look, in sentences.

        Of a block and its parts the block is named if both have the same trouble.
        """
        found: dict[tuple[str, str], str] = {}
        for one in self.layers:
            for kind, sentence in _troubles(one, self.pictures_seen):
                found[one.path, kind] = sentence
        paths = {one.path for one in self.layers}
        return [
            sentence
            for (path, kind), sentence in found.items()
            if not any((block, kind) in found for block in _around(path, paths))
        ]

    def add_to(self, page: Page) -> None:
        """Adds the warnings and the table."""
        page.heading("Every layer in numbers", 3)
        page.paragraph(
            f"{self.pictures_seen} pictures went through the model, and everything that each layer "
            "put out was counted. A unit is one channel of a map or one number of a vector. A unit "
            "is dead if it was exactly 0 everywhere on every picture: behind a rectifier (ReLU) no "
            "gradient reaches it any more, so it costs time and learns nothing. A constant unit "
            "says the same of every picture, a copy the same as another unit."
        )
        page.paragraph(
            "A few dead units or copies are normal, and a small data set makes more of them: what "
            "is dead on these pictures may be awake on others. Many in one layer mean that the "
            "layer is wider than the task needs, or that the learning rate was too high. Numbers "
            "of different layers are not to be compared by size: the next layer's weights undo "
            "any scale."
        )
        warnings = self.warnings()
        for sentence in warnings:
            page.paragraph(f"⚠ {sentence}")
        if not warnings:
            page.paragraph("No layer has dead, constant or copied units.")
        rows = self.outermost
        if len(rows) > _MOST_ROWS:
            rows = [one for one in rows if list(_troubles(one, 1)) or one.path.startswith("head/")]
        _table(page, rows, f"{len(rows)} layers; of blocks, what they put out at the end")
        if len(rows) < len(self.layers):
            with page.details(f"All {len(self.layers)} layers, parts of blocks included"):
                _table(page, self.layers, "in the order of the calls")

    def metrics(self) -> Mapping[str, float]:
        """How many units there are in the outermost layers, and how many are of no use."""
        rows = self.outermost
        return {
            "layers/units": float(sum(one.units for one in rows)),
            "layers/dead_units": float(sum(len(one.dead) for one in rows)),
            "layers/constant_units": float(sum(len(one.constant) for one in rows)),
            "layers/copied_units": float(sum(len(one.copies) for one in rows)),
        }

    def tables(self) -> Mapping[str, Table]:
        """All layers, as plain numbers."""
        rows = [
            [
                one.path,
                one.kind,
                " × ".join(map(str, one.shape)),
                one.parameters,
                one.mean,
                one.deviation,
                one.lowest,
                *one.percentiles,
                one.highest,
                one.zeros,
                len(one.dead),
                len(one.constant),
                len(one.copies),
                one.saturated,
            ]
            for one in self.layers
        ]
        return {"layers/statistics": (_HEADER, rows)}

    def pictures(self) -> Mapping[str, UInt8[np.ndarray, "_h _w 3"]]:
        """None."""
        return {}


def _around(path: str, paths: set[str]) -> list[str]:
    """The blocks of a set that a layer is part of."""
    steps = path.split("/")
    owners = ("/".join(steps[:end]) for end in range(1, len(steps)))
    return [owner for owner in owners if owner in paths]


def _troubles(one: LayerStatistics, pictures: int) -> Iterator[tuple[str, str]]:
    """What is wrong with a layer: a name for it, and a sentence."""
    if one.invalid:
        yield "invalid", f"{one.path} put out {one.invalid} values that are no finite numbers."
    if one.dead:
        yield (
            "dead",
            f"{len(one.dead)} of {one.units} units of {one.path} {_are(len(one.dead))} dead "
            f"({_listed(one.dead)}): 0 everywhere on all {pictures} pictures.",
        )
    if one.constant and one.units > 1:
        yield (
            "constant",
            f"{len(one.constant)} of {one.units} units of {one.path} hardly ever "
            f"change{'s' if len(one.constant) == 1 else ''} ({_listed(one.constant)}).",
        )
    if one.copies:
        pairs = [f"{copy} like {first}" for copy, first in one.copies.items()]
        yield (
            "copies",
            f"{len(one.copies)} of {one.units} units of {one.path} {_are(len(one.copies))} "
            f"no more than a copy of another ({_listed(pairs)}).",
        )
    if one.saturated > _MOSTLY:
        yield (
            "saturated",
            f"{one.saturated:.0%} of what the sigmoid of {one.path} put out lies within .01 of 0 "
            "or 1, where its gradient is next to nothing.",
        )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _listed(things: Sequence[object], most: int = 8) -> str:
    more = f" and {len(things) - most} more" if len(things) > most else ""
    return ", ".join(str(one) for one in things[:most]) + more


def _table(page: Page, layers: Sequence[LayerStatistics], caption: str) -> None:
    rows, shades = [], []
    for one in layers:
        useless = [len(units) / one.units for units in (one.dead, one.constant, one.copies)]
        rows.append(
            [
                one.path,
                one.kind,
                " × ".join(map(str, one.shape)),
                f"{one.parameters:,}",
                *(
                    f"{value:.3g}"
                    for value in (
                        one.mean,
                        one.deviation,
                        one.lowest,
                        *one.percentiles,
                        one.highest,
                    )
                ),
                f"{one.zeros:.0%}",
                *(len(units) or "" for units in (one.dead, one.constant, one.copies)),
                "" if np.isnan(one.saturated) else f"{one.saturated:.0%}",
            ]
        )
        saturated = 0.0 if np.isnan(one.saturated) else one.saturated
        shades.append([0.0] * 11 + [one.zeros, *useless, saturated])
    page.table(_HEADER, rows, numeric=[*_NUMBERS, 14, 15], caption=caption, shades=shades)
