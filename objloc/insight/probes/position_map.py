"""How well objects are found at each place of the picture."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from objloc.data.scene_layout import DrawnObject
from objloc.evaluation.bootstrap import Interval
from objloc.insight.finding import Table
from objloc.insight.probes.asker import Asker
from objloc.insight.probes.intervals import means, wilson
from objloc.insight.probes.scene_stage import SceneStage, sides
from objloc.insight.probes.verdict import verdicts


@dataclass(frozen=True)
class PositionMap:
    """The verdicts on the same n objects at each place of a grid.

    Attributes:
        side: of the square pictures in pixels.
        x: (G,) the objects' centres along x in pixels, rising.
        y: (G,) likewise along y.
        found: (n, G, G) object, row, column: found, as in `Curve`.
        overlap: (n, G, G) IoU.
        offset: (n, G, G, 2) from the object's centre to the found box's, x and y in pixels; NaN
            where it is not found.
    """

    side: int
    x: Float64[np.ndarray, " g"]
    y: Float64[np.ndarray, " g"]
    found: Bool[np.ndarray, "n g g"]
    overlap: Float64[np.ndarray, "n g g"]
    offset: Float64[np.ndarray, "n g g 2"]

    @property
    def recall(self) -> Float64[np.ndarray, "g g"]:
        """The share of the objects that is found at each place."""
        return self.found.mean(axis=0, dtype=np.float64)

    @property
    def mean_iou(self) -> Float64[np.ndarray, "g g"]:
        """At each place; objects that are not found count 0."""
        return self.overlap.mean(axis=0)

    @property
    def mean_offset(self) -> Float64[np.ndarray, "g g 2"]:
        """Mean over the found objects, in pixels; NaN where none is found."""
        count = self.found.sum(axis=0)[..., None]
        total = np.nansum(self.offset, axis=0)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def along(self, axis: int) -> list[Interval]:
        """Recall by x (axis 0) or by y (axis 1), whatever the other is.

        The intervals are over objects: one that is hard to find is so at every place.
        """
        shares = self.found.mean(axis=1 + axis, dtype=np.float64)  # (n, G)
        return means(np.ascontiguousarray(shares.T))

    def table(self) -> Table:
        """All numbers behind the maps, row by row."""
        header = ["x (px)", "y (px)", "objects", "recall", "recall low", "recall high"]
        header += ["mean IoU", "offset x (px)", "offset y (px)"]
        iou, offset = self.mean_iou, self.mean_offset
        rows: list[list[object]] = []
        for j, y in enumerate(self.y):
            for i, x in enumerate(self.x):
                share = wilson(int(self.found[:, j, i].sum()), len(self.found))
                numbers = (share.value, share.low, share.high, iou[j, i], *offset[j, i])
                cells = [round(float(number), 4) for number in numbers]
                rows.append([round(float(x), 1), round(float(y), 1), len(self.found), *cells])
        return header, rows


def position_map(ask: Asker, stage: SceneStage, objects: int, cells: int) -> PositionMap:
    """Shows every object at every place of a grid, each on a background of its own.

    Objects are of the smallest quarter of the dataset's sizes: small ones reach near the picture's
    edges. The grid's outermost places are as near to them as the largest of these objects allows,
    so that every object is at every place.

    Args:
        ask: the model.
        stage: makes the scenes.
        objects: n.
        cells: G, places along each side.
    """
    drawn = [_object(stage, index) for index in range(objects)]
    largest = max(max(sides(one)) for one in drawn)
    centers = np.linspace(largest / 2, stage.side - largest / 2, cells)
    found, overlap, offset = [], [], []
    for index, one in enumerate(drawn):
        behind = stage.draw_background(index)
        width, height = sides(one)
        shown = [
            # Whole pixels: where an object's centre lies may be off by half of one.
            stage.scene(
                index,
                one,
                corner=(int(x - width / 2), int(y - height / 2)),
                background=behind,
            )
            for y in centers
            for x in centers
        ]
        judged = verdicts(ask([s.image for s in shown]), shown, ask.card.score_threshold)
        found.append(judged.found.reshape(cells, cells))
        overlap.append(judged.overlap.reshape(cells, cells))
        offset.append(judged.offset.reshape(cells, cells, 2))
    stacked = (np.stack(part) for part in (found, overlap, offset))
    return PositionMap(stage.side, centers, centers.copy(), *stacked)


def _object(stage: SceneStage, index: int) -> DrawnObject:
    drawn = stage.drawn(index, size=stage.small_size(index))
    assert drawn is not None, "sprites of the dataset's sizes are visible"
    return drawn
