"""Which pixels a cell of a layer's map can depend on at all: the theoretical receptive field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from jaxtyping import Float32, Int

from objloc.insight.layers.layer_paths import inner_layers
from objloc.insight.layers.mask_rules import rule_for
from objloc.insight.layers.recording import Recording, run
from objloc.insight.layers.replaced_calls import Call, replaced_calls
from objloc.models import Localizer
from objloc.progress import progress

_MOST = 1 << 28  # numbers in the masks of all layers together: a gibibyte


@dataclass(frozen=True)
class ReceptiveField:
    """The pixels that each cell of a layer's map can depend on: a box for each, cut at the picture.

    Attributes:
        columns: (w, 2) for each column of cells the first column of pixels, and the one after the
            last; both 0 where a cell sees none of the picture, only its padding.
        rows: (h, 2) likewise.
        side: of the square picture.
    """

    columns: Int[np.ndarray, "w 2"]
    rows: Int[np.ndarray, "h 2"]
    side: int

    @property
    def stride(self) -> float:
        """Pixels between two cells."""
        return self.side / len(self.columns)

    @property
    def size(self) -> int:
        """Pixels of a side, if the picture didn't end.

        That of a cell whose field isn't cut; where all are, the farthest that one sees to the left
        and one to the right, with what is cut on both sides in every cell left out.
        """
        starts, ends = self.columns.T
        whole = (starts > 0) & (ends < self.side)
        if whole.any():
            return int((ends - starts)[whole].max())
        if self.sees_all:
            return self.side
        centers = (np.arange(len(starts)) + 0.5) * self.stride
        left = (centers - starts)[starts > 0].max(initial=0.0)
        right = (ends - centers)[ends < self.side].max(initial=0.0)
        return int(max(left + right, (ends - starts).max()))

    @property
    def sees_all(self) -> bool:
        """Whether every cell sees the whole picture."""
        return all(
            bool((spans[:, 0] == 0).all() and (spans[:, 1] == self.side).all())
            for spans in (self.columns, self.rows)
        )

    def box(self, row: int, column: int) -> Float32[np.ndarray, "4"]:
        """What one cell sees, xyxy in pixels."""
        (x1, x2), (y1, y2) = self.columns[column], self.rows[row]
        return np.array([x1, y1, x2, y2], np.float32)

    def cell_at(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the cell that a pixel lies in, where the map covers the picture."""
        height, width = len(self.rows), len(self.columns)
        row = min(max(int(y * height / self.side), 0), height - 1)
        return row, min(max(int(x * width / self.side), 0), width - 1)

    def union(self) -> Float32[np.ndarray, "4"]:
        """What all cells see together."""
        spans = [one[one[:, 1] > one[:, 0]] for one in (self.columns, self.rows)]
        if not all(len(one) for one in spans):
            return np.zeros(4, np.float32)
        (x1, x2), (y1, y2) = ((one[:, 0].min(), one[:, 1].max()) for one in spans)
        return np.array([x1, y1, x2, y2], np.float32)


def receptive_fields(localizer: Localizer, recording: Recording) -> dict[str, ReceptiveField]:
    """The receptive field of every layer that puts out one tensor, by path.

    Exact for the graph as it is, branches, sums, pyramids and enlargements included, and blind to
    what the weights happen to be: not pictures but masks go through the localizer, one for each
    column and one for each row of pixels, and every layer does to them what it does to the question
    which of its outputs depend on its inputs (`mask_rules`). A vector is a map of one cell.

    Layers that no rule is known for and that do not work cell by cell are taken to mix the whole
    picture; so are those after an operation that makes something of nothing, such as adding a
    constant outside of a layer. The field is then too large, never too small.
    """
    side = localizer.image_size
    spans = [_spans(localizer, recording, side, axis) for axis in (2, 1)]  # columns, rows
    return {path: ReceptiveField(spans[0][path], spans[1][path], side) for path in spans[0]}


def candidate_field(
    localizer: Localizer,
    fields: Mapping[str, ReceptiveField],
    final: list[str],
    candidate: int,
) -> Float32[np.ndarray, "4"]:
    """The pixels that a candidate's numbers can depend on: a box, xyxy.

    That of its cell in the last maps of the head; of all their cells for a head whose candidates
    have no cell.

    Args:
        localizer: the model.
        fields: of its layers.
        final: paths of the head's last maps (`final_layers`).
        candidate: one of K.
    """
    cell = candidate_cell(localizer, candidate)
    if cell is None:
        seen = [field.union() for path, field in fields.items() if path.startswith("head/")]
    else:
        rows, columns, row, column = cell
        seen = [
            fields[path].box(row, column)
            for path in final
            if (len(fields[path].rows), len(fields[path].columns)) == (rows, columns)
        ]
    corners = np.array(seen, np.float32)
    return np.concatenate([corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)])


def candidate_cell(localizer: Localizer, candidate: int) -> tuple[int, int, int, int] | None:
    """Rows and columns of a candidate's level, and its own row and column there; None without."""
    for level in localizer.head.cell_levels:
        if candidate < level.candidates:
            row, column = divmod(candidate // level.per_cell, level.columns)
            return level.rows, level.columns, row, column
        candidate -= level.candidates
    return None


def _spans(
    localizer: Localizer, recording: Recording, side: int, axis: int
) -> dict[str, Int[np.ndarray, "n 2"]]:
    """First and last pixel along one axis (1: rows, 2: columns) for each layer's cells."""
    parts: dict[str, list[np.ndarray]] = {}
    together = _lines_at_once(recording, side)

    def replacement(path: str, step: keras.Operation, call: Call) -> Call:
        rule = rule_for(step, call, is_block=bool(inner_layers(recording.layers, path)))

        def masked(*args: Any, **kwargs: Any) -> Any:
            mask = rule(*args, **kwargs)
            if hasattr(mask, "shape"):
                parts.setdefault(path, []).append(_along(mask, axis))
            return mask

        return masked

    with replaced_calls(recording.layers, replacement):
        starts = range(0, side, together)
        for start in progress(starts, f"receptive fields, {'rows' if axis == 1 else 'columns'}"):
            lines = np.arange(start, min(start + together, side))
            masks = np.zeros((len(lines) + 1, side, side, 3), np.float32)  # the last stays empty
            for number, line in enumerate(lines):
                masks[number, :, line] = 1
            run(localizer, masks if axis == 2 else masks.transpose(0, 2, 1, 3))
    passes = -(-side // together)
    return {path: _first_and_last(found, passes) for path, found in parts.items()}


def _lines_at_once(recording: Recording, side: int) -> int:
    """How many rows or columns of pixels are followed at a time."""
    shapes = [getattr(call.output, "shape", ()) for call in recording.calls]
    # A functional model keeps what all of its layers put out until its call ends.
    numbers = sum(int(np.prod(shape[1:])) for shape in [(1, side, side, 3), *shapes])
    return min(max(_MOST // numbers, 1), side)


def _along(mask: Any, axis: int) -> np.ndarray:
    """Which cells along an axis depend on each line: (lines + 1, cells)."""
    is_map = len(mask.shape) == 4
    others = (3 - axis, 3) if is_map else tuple(range(1, len(mask.shape)))
    found = keras.ops.convert_to_numpy(keras.ops.max(mask, axis=others)) > 0
    return found if is_map else found[:, None]


def _first_and_last(parts: list[np.ndarray], passes: int) -> Int[np.ndarray, "n 2"]:
    """Of what was found for parts of the lines, in their order: the span that each cell sees."""
    calls = len(parts) // passes  # of a layer that is called several times, all count
    batches: list[np.ndarray] = [
        np.logical_or.reduce(parts[start : start + calls]) for start in range(0, len(parts), calls)
    ]
    lines = np.concatenate([batch[:-1] for batch in batches])  # (side, cells)
    from_nothing = np.logical_or.reduce([batch[-1] for batch in batches])  # (cells,)
    lines |= from_nothing
    first = lines.argmax(axis=0)
    last = len(lines) - lines[::-1].argmax(axis=0)
    sees = np.logical_or.reduce(lines).reshape(-1, 1)
    return np.where(sees, np.stack([first, last], axis=1), 0)
