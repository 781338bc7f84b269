"""How well objects are found along one condition."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, UInt8

from objloc.evaluation.bootstrap import Interval
from objloc.evaluation.detections import Detections
from objloc.insight.finding import Table
from objloc.insight.probes.asker import Asker
from objloc.insight.probes.condition import Condition, Value
from objloc.insight.probes.intervals import means, wilson
from objloc.insight.probes.shown import Shown
from objloc.insight.probes.verdict import verdicts


@dataclass(frozen=True)
class Curve:
    """The verdicts on the same n scenes at each of v values.

    Attributes:
        condition: what was varied.
        values: those of its values at which all objects can be seen, rising.
        overlap: (v, n) IoU; 0 where nothing was found.
        found: (v, n) found: IoU ≥ .5, right class, score over the threshold.
        imagined: (v, e) was something found in an empty scene? e is 0 where none were asked about.
        dropped: values at which an object would have no visible pixel.
    """

    condition: Condition
    values: tuple[Value, ...]
    overlap: Float64[np.ndarray, "v n"]
    found: Bool[np.ndarray, "v n"]
    imagined: Bool[np.ndarray, "v e"]
    dropped: tuple[Value, ...] = ()

    def recall(self) -> list[Interval]:
        """The share that is found at each value, with Wilson's interval."""
        return [wilson(int(row.sum()), len(row)) for row in self.found]

    def mean_iou(self) -> list[Interval]:
        """The mean IoU at each value, with the bootstrap's interval."""
        return means(self.overlap)

    def false_presence(self) -> list[Interval]:
        """The share of the empty scenes in which something is found; NaN where none were shown."""
        return [wilson(int(row.sum()), len(row)) for row in self.imagined]

    def table(self) -> Table:
        """All numbers behind the curve."""
        unit = self.condition.unit.strip()
        name = f"{self.condition.name} ({unit})" if unit else self.condition.name
        parts = ("recall", "mean IoU", "false presence")
        ends = [f"{part}{end}" for part in parts for end in ("", " low", " high")]
        rows = []
        numbers = zip(self.recall(), self.mean_iou(), self.false_presence(), strict=True)
        for value, row in zip(self.values, numbers, strict=True):
            cells = [end for one in row for end in (one.value, one.low, one.high)]
            rows.append([value, self.found.shape[1], *(round(cell, 4) for cell in cells)])
        return [name, "scenes", *ends], rows


def measured(ask: Asker, condition: Condition, scenes: int, empties: int) -> Curve:
    """Shows the same scenes at every value of a condition."""
    rows: list[tuple[Value, _Row]] = []
    dropped = []
    for value in condition.values:
        row = _row(ask, condition, value, scenes, empties)
        if row is None:
            dropped.append(value)
        else:
            rows.append((value, row))
    return _curve(condition, rows, tuple(dropped))


def with_value(ask: Asker, curve: Curve, value: int) -> Curve:
    """The curve with one more value, if objects can be seen there: else with one more dropped."""
    count, empties = curve.found.shape[1], curve.imagined.shape[1]
    new = _row(ask, curve.condition, value, count, empties)
    if new is None:
        return _curve(curve.condition, _rows(curve), (*curve.dropped, value))
    rows = sorted([*_rows(curve), (value, new)], key=lambda row: float(row[0]))
    return _curve(curve.condition, rows, curve.dropped)


_Row = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Overlap, found, imagined."""


def _row(ask: Asker, condition: Condition, value: Value, scenes: int, empties: int) -> _Row | None:
    made = [condition.show(index, value) for index in range(scenes)]
    shown = [one for one in made if one is not None]
    if len(shown) < scenes:
        return None  # the scenes would not be those of the other values
    threshold = ask.card.score_threshold
    found = verdicts(ask([one.image for one in shown]), shown, threshold)
    imagined = np.zeros(0, bool)
    if condition.empty is not None and empties:
        blank = [condition.empty(index, value) for index in range(empties)]
        imagined = np.array([len(one.over(threshold)) > 0 for one in ask(blank)], bool)
    return found.overlap, found.found, imagined


def _rows(curve: Curve) -> list[tuple[Value, _Row]]:
    parts = zip(curve.overlap, curve.found, curve.imagined, strict=True)
    return list(zip(curve.values, parts, strict=True))


def _curve(
    condition: Condition, rows: Sequence[tuple[Value, _Row]], dropped: tuple[Value, ...]
) -> Curve:
    overlap, found, imagined = (np.stack(part) for part in zip(*(r for _, r in rows), strict=True))
    return Curve(condition, tuple(v for v, _ in rows), overlap, found, imagined, dropped)


def typical_scene(curve: Curve) -> int:
    """The scene that is found at as many values as the one in the middle of all."""
    counts = curve.found.sum(axis=0)
    return int(np.argsort(counts, kind="stable")[len(counts) // 2])


@dataclass(frozen=True)
class Glimpse:
    """One scene at one value, with what the model says of it.

    Attributes:
        value: of the condition.
        shown: the scene.
        answer: the detections over the threshold.
        overlap: IoU of the one that fits best.
        found: is the object found?
    """

    value: Value
    shown: Shown
    answer: Detections
    overlap: float
    found: bool

    @property
    def image(self) -> UInt8[np.ndarray, "h w 3"]:
        """The picture alone."""
        return self.shown.image


def glimpses(ask: Asker, curve: Curve, most: int = 4) -> list[Glimpse]:
    """The typical scene along the condition, at up to so many values."""
    index = typical_scene(curve)
    places = np.unique(np.linspace(0, len(curve.values) - 1, most).round().astype(int))
    made = [curve.condition.show(index, curve.values[place]) for place in places]
    shown = [one for one in made if one is not None]  # all: a curve has no other values
    threshold = ask.card.score_threshold
    answers = [one.over(threshold) for one in ask([one.image for one in shown])]
    judged = verdicts(answers, shown, threshold)
    return [
        Glimpse(curve.values[p], shown[i], answers[i], judged.overlap[i], bool(judged.found[i]))
        for i, p in enumerate(places)
    ]
