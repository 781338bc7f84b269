"""What the head says at each place, over the pictures, for a page and a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from objloc.data.drawing import PREDICTION_COLOUR, TRUTH_COLOUR, draw_boxes
from objloc.insight.example import Example
from objloc.insight.finding import Table
from objloc.insight.heat_picture import overlay
from objloc.insight.layers.answer_maps import AnswerMap
from objloc.page import Page

_OBJECTNESS = (
    "Every cell of the head's grid has a candidate (where several, the surest counts), and says "
    "how probable it is that an object is there: bright is 1, and what is close to 0 stays dark. "
    "All pictures have the same scale. A good model lights up one spot for each object, at its "
    "centre.",
    "A lit cell says that there is an object, not how large it is; and neighbouring cells that are "
    "lit with it are no mistake, since what the head decodes keeps the best of them. Orange is the "
    "answer's box, blue an object's where it is known.",
)
_SIDES = (
    "This head has no cells with candidates of their own. It draws five maps: for each side of the "
    "box one that lights up where the object touches that side, the side's coordinate being the "
    "mean place on it; and one for where class and objectness are read (look).",
    "Each map is a distribution that sums to 1 and is shown on its own scale, from 0 to its "
    "highest: a map of a picture without an object glows as well, somewhere. Two bright spots on "
    "one side's map put the side between them, where neither is. Orange is the answer's box, blue "
    "an object's where it is known.",
)


@dataclass(frozen=True)
class AnswersFinding:
    """The head's maps for each example.

    Attributes:
        maps: for each example; empty lists for a head that has none.
        examples: the pictures.
    """

    maps: Sequence[Sequence[AnswerMap]]
    examples: Sequence[Example]

    def add_to(self, page: Page) -> None:
        """Adds the maps over the pictures, with the answer's box and, where known, the truth."""
        page.heading("What the head says at each place", 3)
        maps = [one for answer in self.maps for one in answer]
        if not maps:
            page.paragraph(
                "This head turns the whole map into one vector, and that into one box. It says "
                "nothing about single places, so there is nothing to lay over the picture."
                if self.examples
                else "No picture was chosen, so there is nothing to show."
            )
            return
        for text in _OBJECTNESS if maps[0].is_probability else _SIDES:
            page.paragraph(text)
        rows = [
            [(_drawn(example, one), _caption(example, one)) for one in answer]
            for example, answer in zip(self.examples, self.maps, strict=True)
        ]
        if all(len(row) == 1 for row in rows):
            rows = [[picture for row in rows for picture in row]]
        for row in rows:
            page.pictures(row)

    def metrics(self) -> Mapping[str, float]:
        """None."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """None."""
        return {}

    def pictures(self) -> Mapping[str, UInt8[np.ndarray, "_h _w 3"]]:
        """All maps over their pictures."""
        return {
            f"layers/{one.name.replace(' ', '_')}/{example.key}": _drawn(example, one)
            for example, answer in zip(self.examples, self.maps, strict=True)
            for one in answer
        }


def _drawn(example: Example, one: AnswerMap) -> UInt8[np.ndarray, "_h _w 3"]:
    image = example.subject.image
    picture = overlay(image, one.over(image.shape[0]), 1.0 if one.is_probability else None)
    truth = np.zeros((0, 4), np.float32) if example.truth is None else example.truth
    boxes = np.concatenate([truth, example.subject.box[None]])
    colours = [*[TRUTH_COLOUR] * len(truth), PREDICTION_COLOUR]
    return draw_boxes(picture, boxes, [""] * len(boxes), colours)


def _caption(example: Example, one: AnswerMap) -> str:
    text = _numbers(example, one)
    if example.detected:
        return text
    return f"{text}; no detection, its score is {example.subject.score:.2f}"


def _numbers(example: Example, one: AnswerMap) -> str:
    side = example.subject.image.shape[0]
    row, column = one.peak
    rows, columns = one.values.shape
    x, y = (column + 0.5) * side / columns, (row + 0.5) * side / rows
    # A box's sides are numbered in the order left, top, right, bottom.
    names = ("left", "top", "right", "bottom")
    where = f"highest at ({x:.0f}, {y:.0f})"
    if one.name in names:
        place = example.subject.box[names.index(one.name)]
        return f"{example.name}: {one.name}, {where}; the answer says {place:.1f} px"
    if one.is_probability:
        return f"{example.name}: {one.name}, {where} with {one.values.max():.2f}"
    return f"{example.name}: {one.name}, {where} with {one.values.max():.0%} of the map"
