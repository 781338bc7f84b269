"""Finds out what a localizer's layers compute, over chosen examples and a set of pictures."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float32, UInt8

from objloc.insight.example import Example
from objloc.insight.layer_gradients import candidate_gradients, cell_gradients
from objloc.insight.layers.answer_maps import AnswerMap, answer_maps
from objloc.insight.layers.answers_finding import AnswersFinding
from objloc.insight.layers.chosen_layers import backbone_maps, chosen_layers, final_layers
from objloc.insight.layers.effective_field import EffectiveField
from objloc.insight.layers.feature_sheet import FeatureSheet, feature_sheet
from objloc.insight.layers.features_finding import FeaturesFinding
from objloc.insight.layers.fields_finding import DrawnField, FieldsFinding
from objloc.insight.layers.first_filters import first_filters
from objloc.insight.layers.layers_finding import LayersFinding
from objloc.insight.layers.measure_layers import measure_layers
from objloc.insight.layers.receptive_field import (
    ReceptiveField,
    candidate_cell,
    candidate_field,
    receptive_fields,
)
from objloc.insight.layers.recording import Recording, record
from objloc.insight.layers.statistics_finding import StatisticsFinding
from objloc.models import Localizer

Pictures = UInt8[np.ndarray, "n s s 3"]


def explain_layers(
    localizer: Localizer,
    examples: Sequence[Example],
    pictures: Pictures,
    *,
    channels: int = 16,
    field_pictures: int = 16,
) -> LayersFinding:
    """What the layers put out, how their units fare, and how far they see.

    Args:
        localizer: the model; it is afterwards what it was.
        examples: are shown one by one; the first has the receptive fields drawn on it.
        pictures: RGB, of the model's size, for the statistics: some dozens, like those that the
            model was trained on; at least one.
        channels: shown of a feature map at most.
        field_pictures: of `pictures`, so many are averaged over for the effective fields.
    """
    recording = record(localizer, pictures[:1])
    chosen = chosen_layers(recording)
    sheets: list[Mapping[str, FeatureSheet]] = []
    maps: list[list[AnswerMap]] = []
    for example in examples:
        one = record(localizer, example.subject.image[None])
        sheets.append({path: feature_sheet(one.maps(path)[-1][0], channels) for path in chosen})
        maps.append(answer_maps(localizer.head, one))
    return LayersFinding(
        answers=AnswersFinding(maps, examples),
        features=FeaturesFinding(first_filters(localizer), sheets, examples),
        fields=_fields(localizer, recording, examples[:1], pictures[:field_pictures]),
        statistics=StatisticsFinding(measure_layers(localizer, recording, pictures), len(pictures)),
    )


def _fields(
    localizer: Localizer, recording: Recording, examples: Sequence[Example], pictures: Pictures
) -> FieldsFinding:
    seen = receptive_fields(localizer, recording)
    chosen = chosen_layers(recording)
    middle = {path: (len(seen[path].rows) // 2, len(seen[path].columns) // 2) for path in chosen}
    used = cell_gradients(localizer, recording, pictures, middle)
    drawn: list[DrawnField] = []
    for example in examples:
        drawn += _drawn_cells(localizer, recording, example, pictures, seen, chosen)
        drawn += _drawn_candidate(localizer, recording, example, pictures, seen)
    return FieldsFinding(
        seen=seen,
        used={path: EffectiveField(used[path]) for path in chosen},
        strides=backbone_maps(recording),
        drawn=drawn,
        pictures_seen=len(pictures),
        has_cells=bool(localizer.head.cell_levels),
    )


def _drawn_cells(
    localizer: Localizer,
    recording: Recording,
    example: Example,
    pictures: Pictures,
    seen: Mapping[str, ReceptiveField],
    chosen: Sequence[str],
) -> list[DrawnField]:
    """The cell of each chosen layer that the centre of the example's box lies in."""
    x1, y1, x2, y2 = (float(side) for side in example.subject.box)
    cells = {path: seen[path].cell_at((x1 + x2) / 2, (y1 + y2) / 2) for path in chosen}
    used = cell_gradients(localizer, recording, pictures, cells)
    return [
        DrawnField(
            path,
            example.subject.image,
            seen[path].box(*cells[path]),
            EffectiveField(used[path]),
            _place(len(seen[path].rows), len(seen[path].columns), *cells[path], seen[path].side),
        )
        for path in chosen
    ]


def _drawn_candidate(
    localizer: Localizer,
    recording: Recording,
    example: Example,
    pictures: Pictures,
    seen: Mapping[str, ReceptiveField],
) -> list[DrawnField]:
    """The example's candidate: where it is from, and what it is; none without a cell."""
    candidate = example.subject.candidate
    cell = candidate_cell(localizer, candidate) if candidate >= 0 else None
    if cell is None:
        return []
    box = candidate_field(localizer, seen, final_layers(recording), candidate)
    used = candidate_gradients(localizer, pictures, candidate)
    names = {"where": "the answer's sides", "what": "the answer's objectness and class"}
    return [
        DrawnField(
            names[answer],
            example.subject.image,
            box,
            EffectiveField(used[answer]),
            _place(*cell, localizer.image_size),
        )
        for answer in used
    ]


def _place(rows: int, columns: int, row: int, column: int, side: int) -> Float32[np.ndarray, "4"]:
    """The part of the picture that a cell stands for, xyxy in pixels."""
    corners = [column / columns, row / rows, (column + 1) / columns, (row + 1) / rows]
    return np.array(corners, np.float32) * side
