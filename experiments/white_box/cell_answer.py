"""What the cells of a grid say about one scene."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from objloc import boxes as geometry
from objloc.data import Sample
from objloc.models import Localizer


@dataclass(frozen=True)
class CellAnswer:
    """The answers of a grid's cells, and those of the surest of them in full.

    Attributes:
        objectness: (rows, columns) in 0..1.
        iou: (rows, columns) of each cell's box with the object's.
        center: (2,) x, y of the surest cell, in pixels.
        probabilities: (4, bins) of the distances from its centre to the sides left, top, right,
            bottom.
        side: of the picture in pixels: what the last bin stands for.
        distances: (4,) the true distances, in pixels.
    """

    objectness: Float64[np.ndarray, "rows columns"]
    iou: Float64[np.ndarray, "rows columns"]
    center: Float64[np.ndarray, "2"]
    probabilities: Float64[np.ndarray, "4 bins"]
    side: int
    distances: Float64[np.ndarray, "4"]

    @property
    def lengths(self) -> Float64[np.ndarray, " bins"]:
        """What the bins stand for, in pixels."""
        return np.linspace(0, self.side, self.probabilities.shape[1])

    @property
    def box(self) -> Float64[np.ndarray, "4"]:
        """Its box, xyxy in pixels: the mean distances around its centre."""
        mean = self.probabilities @ self.lengths
        return np.concatenate([self.center - mean[:2], self.center + mean[2:]])

    @property
    def mass_beside_truth(self) -> Float64[np.ndarray, "4"]:
        """The probability on the two lengths that enclose the true distance, for each side."""
        below = np.searchsorted(self.lengths, self.distances, side="right") - 1
        below = np.clip(below, 0, len(self.lengths) - 2)
        sides = np.arange(4)
        return self.probabilities[sides, below] + self.probabilities[sides, below + 1]

    @property
    def spread(self) -> Float64[np.ndarray, "4"]:
        """The standard deviation of each distribution, in pixels."""
        mean = self.probabilities @ self.lengths
        return np.sqrt(np.clip(self.probabilities @ self.lengths**2 - mean**2, 0, None))


def cell_answers(localizer: Localizer, samples: Sequence[Sample]) -> list[CellAnswer]:
    """Asks a localizer with a `Grid` head about scenes of its size with one object each."""
    images = np.stack([sample.image for sample in samples])
    outputs = {
        name: np.asarray(values, np.float64)
        for name, values in localizer(images, training=False).items()
    }
    return [
        _of_scene(localizer, sample, {name: values[index] for name, values in outputs.items()})
        for index, sample in enumerate(samples)
    ]


def _of_scene(
    localizer: Localizer, sample: Sample, outputs: Mapping[str, np.ndarray]
) -> CellAnswer:
    head, side = localizer.head, localizer.image_size
    boxes = outputs["boxes"] * side  # (K, 4)
    truth = sample.boxes[0].astype(np.float64)
    best = int(np.argmax(outputs["objectness"]))
    center = np.asarray(head.points, np.float64)[best] * side
    probabilities = np.exp(outputs["side_log_probabilities"][best])
    shape = (head.rows, head.columns)
    return CellAnswer(
        objectness=(1 / (1 + np.exp(-outputs["objectness"]))).reshape(shape),
        iou=geometry.iou(boxes, truth[None]).reshape(shape),
        center=center,
        probabilities=probabilities,
        side=side,
        distances=np.concatenate([center - truth[:2], truth[2:] - center]),
    )
