"""The receptive fields for a page, a table and a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from objloc.data.drawing import PREDICTION_COLOUR, TRUTH_COLOUR, draw_boxes
from objloc.insight.finding import Table
from objloc.insight.heat_picture import overlay
from objloc.insight.layers.effective_field import EffectiveField
from objloc.insight.layers.receptive_field import ReceptiveField
from objloc.page import Page

_HEADER = ("layer", "cells", "stride", "can see", "uses", "share")


@dataclass(frozen=True)
class DrawnField:
    """What one cell can see and what it uses, on one picture.

    Attributes:
        name: of the layer, or of what the candidate says.
        image: RGB.
        seen: the theoretical field, xyxy in pixels.
        used: the effective field.
        cell: the cell's own place, xyxy in pixels; None where there is none.
    """

    name: str
    image: UInt8[np.ndarray, "s s 3"]
    seen: Float32[np.ndarray, "4"]
    used: EffectiveField
    cell: Float32[np.ndarray, "4"] | None

    def picture(self) -> UInt8[np.ndarray, "_h _w 3"]:
        """The effective field as heat with its outline, the theoretical one as a box."""
        counting = self.used.values[self.used.counted]
        highest = float(np.percentile(counting, 99, method="lower")) if counting.size else None
        heat = overlay(self.image, self.used.values, highest)
        boxes = [self.seen, *([] if self.cell is None else [self.cell])]
        colours = [TRUTH_COLOUR, (255, 255, 255)][: len(boxes)]
        drawn = draw_boxes(heat, np.array(boxes, np.float32), [""] * len(boxes), colours)
        return _outlined(drawn, self.used.counted)

    def caption(self) -> str:
        """The two sizes."""
        width, height = self.seen[2:] - self.seen[:2]
        seen = f"{self.name}: can see {width:.0f} × {height:.0f} px of the picture"
        if not self.used.counted.any():
            return f"{seen}, uses none: no pixel changes it"
        return f"{seen}, uses about {self.used.size:.0f} × {self.used.size:.0f} px"


@dataclass(frozen=True)
class FieldsFinding:
    """How far the cells of the layers see, and how far they look.

    Attributes:
        seen: the theoretical field of every layer.
        used: the effective field of the middle cell of some layers, in the order of the table.
        strides: which of these the backbone hands on: stride to path.
        drawn: fields on a picture.
        pictures_seen: over how many pictures the effective fields are averaged.
        has_cells: whether the head's candidates stand on cells.
    """

    seen: Mapping[str, ReceptiveField]
    used: Mapping[str, EffectiveField]
    strides: Mapping[str, str]
    drawn: Sequence[DrawnField]
    pictures_seen: int
    has_cells: bool

    def add_to(self, page: Page) -> None:
        """Adds the table and the pictures."""
        page.heading("How far a cell sees", 3)
        page.paragraph(
            "A cell of a map can depend on a limited part of the picture only, its receptive "
            "field: nothing outside of it can change the cell's answer, by construction. How much "
            "of it a cell uses is measured: the gradient of the cell by every pixel, as root "
            f"mean square over {self.pictures_seen} pictures. Pixels with more than 4.55 % of the "
            "largest gradient count (Luo et al. 2016, “Understanding the Effective Receptive "
            "Field”); the size is the side of a square of as many pixels."
        )
        page.paragraph(
            "An object that is much larger than what a cell uses can't be measured by that cell: "
            "it sees no edge. The effective field is smaller than the theoretical one in nearly "
            "every network, and grows with training. It is an average: on a single picture a cell "
            "may look at less, and a pixel with a large gradient need not have changed the answer."
        )
        if not self.has_cells:
            page.paragraph(
                "The head's one candidate answers for the whole picture, and so it can see all "
                "that any of its maps can; the fields here are those of the maps behind it."
            )
        rows, shades = self._rows(self.used)
        page.table(_HEADER, rows, [1, 2, 3, 4, 5], caption="the middle cell", shades=shades)
        if self.drawn:
            page.paragraph(
                "Blue: what the cell can see (where no blue line is to be seen, it lies on the "
                "picture's border). Heat with an orange outline: what it uses. White: the cell. "
                "The cell need not be in the middle: a convolution that halves an even number of "
                "pixels has its padding to the right and below, and looks there."
            )
            page.pictures([(one.picture(), one.caption()) for one in self.drawn])
        with page.details(f"What all {len(self.seen)} layers can see"):
            page.table(_HEADER[:4], [row[:4] for row in self._rows(self.seen)[0]], [1, 2, 3])

    def metrics(self) -> Mapping[str, float]:
        """Theoretical and effective size in pixels by stride of the backbone's maps."""
        found = {}
        for stride, path in self.strides.items():
            found[f"layers/receptive_field_{stride}"] = float(self.seen[path].size)
            found[f"layers/effective_field_{stride}"] = self.used[path].size
        return found

    def tables(self) -> Mapping[str, Table]:
        """Every layer's field; what it uses where that was measured."""
        rows = [
            [
                path,
                f"{len(field.rows)} × {len(field.columns)}",
                field.stride,
                field.size,
                self.used[path].size if path in self.used else float("nan"),
                self._share(path),
            ]
            for path, field in self.seen.items()
        ]
        return {"layers/receptive_fields": (_HEADER, rows)}

    def pictures(self) -> Mapping[str, UInt8[np.ndarray, "_h _w 3"]]:
        """The fields that are drawn."""
        return {
            f"layers/fields/{one.name.replace('/', '.').replace(' ', '_')}": one.picture()
            for one in self.drawn
        }

    def _rows(self, paths: Mapping[str, object]) -> tuple[list[list[object]], list[list[float]]]:
        rows: list[list[object]] = []
        shades = []
        for path in paths:
            field = self.seen[path]
            size = "the whole picture" if field.sees_all else f"{field.size} px"
            used = self.used.get(path)
            share = self._share(path)
            measured = not np.isnan(share)
            rows.append(
                [
                    path,
                    f"{len(field.rows)} × {len(field.columns)}",
                    f"{field.stride:.3g}",
                    size,
                    f"{used.size:.1f} px" if used and measured else "",
                    f"{share:.0%}" if measured else "",
                ]
            )
            shades.append([0.0] * 5 + [share if measured else 0.0])
        return rows, shades

    def _share(self, path: str) -> float:
        """What a layer's middle cell uses of what it can see; NaN where it uses no pixel."""
        if path not in self.used:
            return float("nan")
        # A field that is cut at the picture can only be compared with what is left of it.
        field = self.seen[path]
        return self.used[path].size / min(field.size, field.side)


def _outlined(
    picture: UInt8[np.ndarray, "_h _w 3"], inside: Bool[np.ndarray, "s s"]
) -> UInt8[np.ndarray, "_h2 _w2 3"]:
    """The picture, a whole number of times as large as the mask, with a line around the mask."""
    factor = picture.shape[0] // inside.shape[0]
    mask = np.repeat(np.repeat(inside.astype(np.uint8), factor, axis=0), factor, axis=1)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((2 * factor + 1,) * 2, np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    drawn = np.ascontiguousarray(picture).copy()
    cv2.drawContours(drawn, contours, -1, PREDICTION_COLOUR, 1)
    return drawn
