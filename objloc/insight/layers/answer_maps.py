"""What a head says at each place of a picture, as maps that can be laid over it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from scipy.special import expit

from objloc.insight.layers.recording import Recording, as_array
from objloc.models.heads import Head


@dataclass(frozen=True)
class AnswerMap:
    """One number a cell, for the cells of a grid that covers the picture.

    Attributes:
        name: `objectness`, `objectness at 8 × 8 cells`, `left`, …, `look`.
        values: (rows, columns). Objectness: the probability that the cell's candidate is an object,
            the largest where a cell has several. A side or `look`: the cell's share of the whole
            map, all of them summing to 1.
    """

    name: str
    values: Float32[np.ndarray, "rows columns"]

    @property
    def is_probability(self) -> bool:
        """Whether each cell stands for itself, as objectness does, and 1 is the most it can be."""
        return self.name.startswith("objectness")

    @property
    def peak(self) -> tuple[int, int]:
        """Row and column of the largest value."""
        row, column = np.unravel_index(int(self.values.argmax()), self.values.shape)
        return int(row), int(column)

    def over(self, side: int) -> Float32[np.ndarray, "s s"]:
        """One value a pixel of a square picture: each pixel has that of the cell it lies in."""
        rows, columns = self.values.shape
        places = np.arange(side) + 0.5
        row = np.minimum((places * rows / side).astype(int), rows - 1)
        column = np.minimum((places * columns / side).astype(int), columns - 1)
        return self.values[np.ix_(row, column)]


def answer_maps(head: Head, recording: Recording, picture: int = 0) -> list[AnswerMap]:
    """The maps behind the head's answer about one of the recorded pictures.

    Dense heads: the objectness of the candidates at their cells, a map for each level. Soft-argmax:
    the heat map of each side and where class and presence are read. A head that makes one vector
    of the picture has none: an empty list.
    """
    if head.cell_levels:
        return _objectness(head, as_array(recording.outputs["objectness"])[picture])
    return [
        AnswerMap(name, _softmax(recording.maps(f"head/{layer}")[-1][picture][..., channel]))
        for layer, names in head.place_maps.items()
        for channel, name in enumerate(names)
    ]


def _objectness(head: Head, logits: Float32[np.ndarray, " k"]) -> list[AnswerMap]:
    levels = head.cell_levels
    ends = np.cumsum([level.candidates for level in levels])
    maps = []
    for level, part in zip(levels, np.split(logits, ends[:-1]), strict=True):
        cells = part.reshape(level.rows, level.columns, level.per_cell)
        where = f" at {level.rows} × {level.columns} cells" if len(levels) > 1 else ""
        values = expit(cells.max(axis=-1)).astype(np.float32)
        maps.append(AnswerMap(f"objectness{where}", values))
    return maps


def _softmax(logits: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    weights = np.exp(logits - logits.max())
    return (weights / weights.sum()).astype(np.float32)
