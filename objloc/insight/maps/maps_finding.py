"""Where a model looks, as a page, numbers, tables and pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import UInt8

from objloc.data.drawing import tile
from objloc.insight.example import Example
from objloc.insight.finding import Table
from objloc.insight.maps.map_picture import example_picture, map_picture
from objloc.insight.maps.measured_map import MeasuredMap
from objloc.insight.maps.method import Method
from objloc.insight.maps.method_summary import MethodSummary, mean, summarise
from objloc.insight.maps.sanity import Likeness
from objloc.insight.subject import Quantity
from objloc.page import Page

BOX = "the box itself"
"""A reference: a map that shows the explained box and nothing else."""

CHANCE = "chance"
"""A reference: random patches."""


@dataclass(frozen=True)
class MapsFinding:
    """Maps of some examples by some methods (`objloc.insight.finding.Finding`).

    Attributes:
        examples: what was explained.
        class_names: the model's.
        methods: those that were used.
        left_out: those that could not be, as the model's inside is not at hand.
        quantities: the numbers that gradient methods explain.
        one_class: the class was left out of them, as there is one only.
        maps: all maps: example by example, in each method by method.
        references: maps that say nothing, to compare with: `BOX` and `CHANCE`.
        likenesses: of maps with those of randomised models; none where that was not checked.
        seconds: a map, by method.
    """

    examples: Sequence[Example]
    class_names: tuple[str, ...]
    methods: Sequence[Method]
    left_out: Sequence[Method]
    quantities: Sequence[Quantity]
    one_class: bool
    maps: Sequence[MeasuredMap]
    references: Sequence[MeasuredMap]
    likenesses: Sequence[Likeness]
    seconds: Mapping[str, float]

    def summaries(self) -> list[MethodSummary]:
        """One a method, in their order."""
        return [
            summarise(
                one.name, self.maps, self.likenesses, self.seconds.get(one.name, float("nan"))
            )
            for one in self.methods
        ]

    def reference_summaries(self) -> list[MethodSummary]:
        """Those of the references, where there are any."""
        nan = float("nan")
        names = (BOX, CHANCE) if self.references else ()
        return [summarise(name, self.references, (), nan) for name in names]

    def of_example(self, number: int, method: str | None = None) -> list[MeasuredMap]:
        """The maps of one example, by one method or all."""
        return [
            one for one in self.maps if one.example == number and method in (None, one.map.method)
        ]

    def add_to(self, page: Page) -> None:
        """A section: what was done, the methods compared, every map."""
        from objloc.insight.maps.maps_page import add_maps

        add_maps(page, self)

    def metrics(self) -> dict[str, float]:
        """`maps/METHOD/NUMBER` for each method's means."""
        return {
            f"maps/{one.name}/{field.name}": float(getattr(one, field.name))
            for one in self.summaries()
            for field in fields(one)
            if field.name not in ("name", "maps", "empty")
        }

    def tables(self) -> dict[str, Table]:
        """`maps/methods`, `maps/each` and, where it was checked, `maps/sanity`."""
        names = [field.name for field in fields(MethodSummary)]
        rows = [
            [getattr(one, name) for name in names]
            for one in (*self.summaries(), *self.reference_summaries())
        ]
        tables: dict[str, Table] = {"maps/methods": (names, rows), "maps/each": self._each()}
        if self.likenesses:
            tables["maps/sanity"] = self.sanity_table()
        return tables

    def pictures(self) -> dict[str, UInt8[np.ndarray, "_h _w 3"]]:
        """`maps/EXAMPLE`: a sheet of each example's maps."""
        return {
            f"maps/{example.key}": self._sheet(number, example)
            for number, example in enumerate(self.examples)
        }

    def sanity_table(self) -> Table:
        """Mean likeness by method, quantity and stage."""
        keys = list(dict.fromkeys((one.method, one.quantity, one.stage) for one in self.likenesses))
        rows = []
        for key in keys:
            own = [o for o in self.likenesses if (o.method, o.quantity, o.stage) == key]
            rows.append(
                [
                    *key,
                    mean(one.rank_correlation for one in own),
                    mean(one.structural_similarity for one in own),
                ]
            )
        return ["method", "quantity", "randomised", "rank_correlation", "ssim"], rows

    def _each(self) -> Table:
        header = ["example", "method", "quantity", "mass_inside", "mass_by_area", "peak_inside"]
        header += ["own_side", "deletion", "insertion", "true_box", "note"]
        rows = [
            [
                self.examples[one.example].name,
                one.map.method,
                str(one.map.quantity),
                one.mass,
                one.mass_by_area,
                one.peak,
                one.own_side,
                one.deletion_auc,
                one.insertion_auc,
                one.true_box,
                one.map.note,
            ]
            for one in (*self.maps, *self.references)
        ]
        return header, rows

    def _sheet(self, number: int, example: Example) -> UInt8[np.ndarray, "_h _w 3"]:
        """The picture and the detection's maps first, then a row for each gradient method."""
        titles = {one.name: one.title for one in self.methods}
        first = [example_picture(example, self.class_names)]
        rest: list[np.ndarray] = []
        for one in self.of_example(number):
            title = f"{titles[one.map.method]}: {one.map.quantity}"
            row = rest if one.map.quantity in self.quantities else first
            row.append(map_picture(example.subject, one.map, title))
        if not rest:
            return tile(first, len(first))
        columns = len(self.quantities)
        first += [np.full_like(first[0], 128)] * (-len(first) % columns)
        return tile([*first, *rest], columns)
