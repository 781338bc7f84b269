"""All that was found out about a model's layers, as one section of a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt8

from objloc.insight.finding import Finding, Table
from objloc.insight.layers.answers_finding import AnswersFinding
from objloc.insight.layers.features_finding import FeaturesFinding
from objloc.insight.layers.fields_finding import FieldsFinding
from objloc.insight.layers.statistics_finding import StatisticsFinding
from objloc.page import Page


@dataclass(frozen=True)
class LayersFinding:
    """What a model computes, layer by layer (`explain_layers`).

    Attributes:
        answers: what the head says at each place.
        features: the first filters and the maps.
        fields: how far cells see.
        statistics: every layer in numbers.
    """

    answers: AnswersFinding
    features: FeaturesFinding
    fields: FieldsFinding
    statistics: StatisticsFinding

    def add_to(self, page: Page) -> None:
        """Adds the section."""
        page.heading("What the model computes")
        page.paragraph(
            "A look at what the layers make of a picture, from the answer back to the pixels. All "
            "of it describes what is computed; none of it says what the answer would be without."
        )
        for part in self._parts():
            part.add_to(page)

    def metrics(self) -> Mapping[str, float]:
        """Those of all parts."""
        return _joined(part.metrics() for part in self._parts())

    def tables(self) -> Mapping[str, Table]:
        """Those of all parts."""
        return _joined(part.tables() for part in self._parts())

    def pictures(self) -> Mapping[str, UInt8[np.ndarray, "_h _w 3"]]:
        """Those of all parts."""
        return _joined(part.pictures() for part in self._parts())

    def _parts(self) -> tuple[Finding, ...]:
        return self.answers, self.features, self.fields, self.statistics


def _joined(parts: Any) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}
