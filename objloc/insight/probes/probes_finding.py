"""What the probes have found: for the page, and for the tracking store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from objloc.data.drawing import PREDICTION_COLOUR, TRUTH_COLOUR, draw_boxes, tile
from objloc.insight.finding import Table
from objloc.insight.probes import map_pictures, overview, plots, words
from objloc.insight.probes.blind_spots import BlindSpot
from objloc.insight.probes.curve import Curve, Glimpse
from objloc.insight.probes.equivariance import Equivariance
from objloc.insight.probes.position_map import PositionMap
from objloc.insight.probes.smallest_object import SmallestObject
from objloc.page import Page

Picture = UInt8[np.ndarray, "_h _w 3"]


@dataclass(frozen=True)
class ProbedCurve:
    """A curve, and one of its scenes as the model sees it.

    Attributes:
        curve: along one condition.
        glimpses: a typical scene at some of its values.
    """

    curve: Curve
    glimpses: Sequence[Glimpse]


@dataclass(frozen=True)
class ProbesFinding:
    """All that the probes of a model have found (`objloc.insight.finding.Finding`).

    Attributes:
        curves: in the page's order.
        position: over the picture; None where it was not asked for or pictures are real.
        blind_spots: of it, the most conspicuous first.
        shift: None as `position`.
        smallest: from which size on objects are found, for each target; empty as `position`.
        left_out: probes that were asked for and need generated scenes.
        scenes: at each value of a condition.
        score_threshold: from which score on a detection counts.
        of_scenes: whether the pictures were generated for the probes.
    """

    curves: Sequence[ProbedCurve]
    position: PositionMap | None
    blind_spots: Sequence[BlindSpot]
    shift: Equivariance | None
    smallest: Sequence[SmallestObject]
    left_out: Sequence[str]
    scenes: int
    score_threshold: float
    of_scenes: bool

    def add_to(self, page: Page) -> None:
        """Adds the section."""
        page.heading("How it breaks")
        page.paragraph(words.done(self.scenes, self.score_threshold, self.of_scenes))
        page.paragraph(words.CAUTION)
        if self.left_out:
            page.paragraph(words.left_out(self.left_out))
        self._add_overview(page)
        for one in self.curves:
            self._add_curve(page, one)
            if one.curve.condition.name == "size":
                self._add_places(page)
        if not any(one.curve.condition.name == "size" for one in self.curves):
            self._add_places(page)

    def metrics(self) -> Mapping[str, float]:
        """Headline numbers; of a condition its lowest recall, in all and where trained on."""
        numbers: dict[str, float] = {}
        for one in self.smallest:
            name = "smallest_object_px" if one.target == 0.5 else "smallest_object_95_px"
            numbers[f"probe/{name}"] = one.size.value
        if self.shift is not None:
            numbers["probe/equivariance_error_px"] = self.shift.error().value
        if self.position is not None:
            numbers["probe/position_recall"] = float(self.position.recall.mean())
            numbers["probe/position_worst_recall"] = float(self.position.recall.min())
            numbers["probe/blind_spots"] = float(len(self.blind_spots))
        for curve in (one.curve for one in self.curves):
            name = f"probe/{curve.condition.name}"
            numbers[f"{name}_worst_recall"] = overview.worst(curve)[0]
            numbers[f"{name}_worst_trained_recall"] = overview.worst_trained(curve)
            if curve.imagined.size:
                numbers[f"{name}_false_presence"] = overview.most_imagined(curve)[0]
        return numbers

    def tables(self) -> Mapping[str, Table]:
        """The numbers behind all curves and maps, the overview, and the blind spots."""
        tables: dict[str, Table] = {"probe/overview": self._overview()}
        for one in self.curves:
            tables[f"probe/{one.curve.condition.name}"] = one.curve.table()
        if self.position is not None:
            tables["probe/position"] = self.position.table()
            header = ["where", "recall", "elsewhere", "x from", "x to", "y from", "y to", "p"]
            tables["probe/blind_spots"] = (
                header,
                [
                    [one.name, one.recall, one.elsewhere, *one.x, *one.y, one.p_value]
                    for one in self.blind_spots
                ],
            )
        if self.shift is not None:
            tables |= self.shift.tables()
        if self.smallest:
            rows = [
                [one.target, one.size.value, one.size.low, one.size.high] for one in self.smallest
            ]
            tables["probe/smallest_object"] = (["recall", "size (px)", "low", "high"], rows)
        return tables

    def pictures(self) -> Mapping[str, Picture]:
        """Each condition's strip, and the maps over the picture."""
        found: dict[str, Picture] = {
            f"probe/{one.curve.condition.name}": tile([_drawn(g) for g in one.glimpses], 4)
            for one in self.curves
        }
        if self.position is not None:
            places = self.position
            found["probe/position_recall"] = map_pictures.share_map(places, places.recall)
            found["probe/position_iou"] = map_pictures.share_map(places, places.mean_iou)
            found["probe/position_offset"] = map_pictures.offset_map(places)
        return found

    def _overview(self) -> Table:
        header = ["condition", "trained on", "recall ≥ .9", "lowest recall", "at"]
        header += ["found in empty scenes", "most at"]
        rows: list[list[object]] = []
        for curve in (one.curve for one in self.curves):
            recall, where = overview.worst(curve)
            imagined, at = overview.most_imagined(curve)
            condition = curve.condition
            shares = (round(recall, 3), round(imagined, 3))
            rows.append([condition.title, condition.trained_text(), overview.good_range(curve)])
            rows[-1] += [shares[0], where, shares[1], at if imagined > 0 else None]
        if self.position is not None:
            recall_map = self.position.recall
            j, i = np.unravel_index(int(recall_map.argmin()), recall_map.shape)
            at = f"x {self.position.x[i]:.0f} px, y {self.position.y[j]:.0f} px"
            share = float((recall_map >= overview.GOOD).mean())
            lowest = round(float(recall_map.min()), 3)
            rows.append(["Place in the picture", "everywhere", f"{share:.0%} of the places"])
            rows[-1] += [lowest, at, float("nan"), None]
        return header, rows

    def _add_overview(self, page: Page) -> None:
        header, rows = self._overview()
        page.table(header, rows, numeric=[3, 5], caption=words.OVERVIEW)
        rows = [
            [f"smallest object with recall {one.target:g}", *_in_px(one)] for one in self.smallest
        ]
        if self.shift is not None:
            error = self.shift.error()
            rows.append(
                [
                    "error of the box when its object moves",
                    f"{error.value:.2f} px",
                    f"{error.low:.2f} to {error.high:.2f} px",
                ]
            )
        if rows:
            page.table(["number", "value", "95 % interval"], rows)
        if self.position is not None:
            page.paragraph(words.blind_spots(self.blind_spots))

    def _add_curve(self, page: Page, one: ProbedCurve) -> None:
        condition = one.curve.condition
        page.heading(condition.title, level=3)
        page.paragraph(condition.meaning + words.dropped(one.curve))
        page.figure(plots.curve_plot(one.curve), words.curve_caption(one.curve))
        page.pictures([(_drawn(g), _caption(one.curve, g)) for g in one.glimpses])
        header, rows = one.curve.table()
        with page.details(f"The numbers: {condition.title.lower()}"):
            page.table(header, rows, numeric=range(1, len(header)))

    def _add_places(self, page: Page) -> None:
        """The probes of places: where in the picture, and moved pixel by pixel."""
        if self.position is not None:
            places = self.position
            page.heading("Place in the picture", level=3)
            page.paragraph(words.position(places))
            page.paragraph(words.blind_spots(self.blind_spots))
            page.pictures(
                [
                    (map_pictures.share_map(places, places.recall), words.recall_map(places)),
                    (map_pictures.share_map(places, places.mean_iou), words.iou_map(places)),
                    (map_pictures.offset_map(places), words.OFFSET_MAP),
                ]
            )
            page.figure(plots.position_plot(places), words.POSITION_PLOT)
            header, rows = places.table()
            with page.details("The numbers: place in the picture"):
                page.table(header, rows, numeric=range(len(header)))
        if self.shift is not None:
            page.heading("Moved by single pixels", level=3)
            page.paragraph(words.shift(self.shift))
            if len(self.shift.drift):
                page.figure(plots.shift_plot(self.shift), words.SHIFT_PLOT)
                page.figure(plots.period_plot(self.shift), words.PERIOD_PLOT)


def _drawn(glimpse: Glimpse) -> Picture:
    """Truth and answer on the picture."""
    boxes = np.concatenate([glimpse.shown.box[None], glimpse.answer.boxes])
    count = len(glimpse.answer)
    texts = ["", *(f"{score:.2f}" for score in glimpse.answer.scores)]
    return draw_boxes(glimpse.image, boxes, texts, [TRUTH_COLOUR, *[PREDICTION_COLOUR] * count])


def _caption(curve: Curve, glimpse: Glimpse) -> str:
    place = curve.values.index(glimpse.value)
    told = "found" if glimpse.found else "not found"
    return (
        f"{curve.condition.text(glimpse.value)}: {told}, IoU {glimpse.overlap:.2f}; recall of all "
        f"{curve.found.shape[1]} scenes {curve.found[place].mean():.2f}"
    )


def _in_px(one: SmallestObject) -> tuple[str, str]:
    if np.isnan(one.size.value):
        return "no size tried reaches it", "–"
    low, high = (f"{end:.0f}" if np.isfinite(end) else "none tried" for end in _ends(one))
    tried = " or less: the smallest tried" if one.is_smallest_tried else ""
    return f"{one.size.value:.0f} px{tried}", f"{low} to {high} px"


def _ends(one: SmallestObject) -> tuple[float, float]:
    return one.size.low, one.size.high
