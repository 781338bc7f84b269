"""First filters and feature maps for a page and a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from objloc.insight.example import Example
from objloc.insight.finding import Table
from objloc.insight.layers.feature_sheet import FeatureSheet, enlarged
from objloc.insight.layers.first_filters import FirstFilters
from objloc.page import Page

_SHOWN_FILTERS = 64
_SIDE = 256


@dataclass(frozen=True)
class FeaturesFinding:
    """The filters that read the pixels, and the maps that a picture becomes.

    Attributes:
        filters: of the first convolution; None where there is none that reads colours.
        sheets: for each example, by the path of the chosen layer.
        examples: the pictures.
    """

    filters: FirstFilters | None
    sheets: Sequence[Mapping[str, FeatureSheet]]
    examples: Sequence[Example]

    def add_to(self, page: Page) -> None:
        """Adds the filters' picture and each example's maps, all but the first folded."""
        if self.filters is not None:
            self._add_filters(page, self.filters)
        if not self.examples:
            return
        page.heading("What the layers see in a picture", 3)
        page.paragraph(
            "Each tile is one channel of a layer: yellow where it is highest, dark where it is "
            "lowest, one square a cell. Shown are the map that the backbone hands on at each "
            "stride and the last maps of the head. Early channels answer to edges and brightness, "
            "on a fine grid; later ones are coarse and answer to whole parts or objects."
        )
        page.paragraph(
            "The channels that vary most over the picture come first. Each has a scale of its own, "
            "so that faint ones can be seen: that a tile glows doesn't mean that the channel is "
            "strong or that the answer depends on it. What the answer depends on is a question "
            "for the maps of where the model looks."
        )
        for number, (example, sheets) in enumerate(zip(self.examples, self.sheets, strict=True)):
            if number == 0:
                page.pictures(_captioned(example, sheets))
            else:
                with page.details(f"The same for {example.name}"):
                    page.pictures(_captioned(example, sheets))

    def metrics(self) -> Mapping[str, float]:
        """None."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """None."""
        return {}

    def pictures(self) -> Mapping[str, UInt8[np.ndarray, "_h _w 3"]]:
        """The filters, and the first example's maps."""
        found = {}
        if self.filters is not None:
            found["layers/first_filters"] = self.filters.picture(_SHOWN_FILTERS)
        for example, sheets in list(zip(self.examples, self.sheets, strict=True))[:1]:
            for path, sheet in sheets.items():
                found[f"layers/features/{example.key}/{path.replace('/', '.')}"] = sheet.picture
        return found

    def _add_filters(self, page: Page, filters: FirstFilters) -> None:
        height, width, _, count = filters.kernel.shape
        page.heading("The first filters", 3)
        page.paragraph(
            f"The first convolution ({filters.path}) lays {count} filters of {height} × {width} "
            "pixels over every place of the picture. Grey is a weight of 0; a filter answers most "
            "where the picture looks like it. Filters that are light on one side and dark on the "
            "other find edges, plain colours find that colour. All have one scale, the strongest "
            "come first."
        )
        page.paragraph(
            "In small models that were trained for a short time, filters look like noise and work "
            "none the less: a tidy look is no proof of quality."
        )
        shown = min(count, _SHOWN_FILTERS)
        caption = f"{shown} of {count} filters; full colour is a weight of ±{filters.strongest:.2g}"
        page.pictures([(enlarged(filters.picture(_SHOWN_FILTERS), _SIDE), caption)])


def _captioned(
    example: Example, sheets: Mapping[str, FeatureSheet]
) -> list[tuple[UInt8[np.ndarray, "_h _w 3"], str]]:
    shown = [(enlarged(example.subject.image, _SIDE), f"{example.name}: what the model is fed")]
    for path, sheet in sheets.items():
        words = [f"{path}: {len(sheet.channels)} channels"]
        if sheet.left_out:
            words.append(f"{sheet.left_out} more not shown")
        if sheet.still:
            words.append(f"{sheet.still} the same everywhere on this picture")
        shown.append((sheet.picture, ", ".join(words)))
    return shown
