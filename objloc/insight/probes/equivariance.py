"""Whether a box moves as far as its object does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from objloc import boxes as geometry
from objloc.data.scene_layout import DrawnObject
from objloc.evaluation.bootstrap import Interval
from objloc.evaluation.detections import Detections
from objloc.evaluation.matching import FOUND_IOU
from objloc.insight.finding import Table
from objloc.insight.probes.asker import Asker
from objloc.insight.probes.intervals import means
from objloc.insight.probes.scene_stage import SceneStage, sides

_MOST_SHIFT = 16  # pixels


@dataclass(frozen=True)
class Equivariance:
    """How far each side of the box is from where it would be, had it moved with the object.

    Attributes:
        shifts: (2 s,) whole pixels, -s .. s - 1; s is a power of two.
        drift: (n, 2, 2 s, 2) object, axis along which it is moved, shift, side (left or top, then
            right or bottom): Δbox - shift in pixels, both counted from shift 0. NaN where the model
            put out nothing at all.
        left_out: objects that were not found at shift 0, so that they are not among the n.
    """

    shifts: Int64[np.ndarray, " k"]
    drift: Float64[np.ndarray, "n 2 k 2"]
    left_out: int

    def error(self, seed: int = 0) -> Interval:
        """The mean of abs(Δbox - shift) in pixels over objects, axes, shifts and sides.

        The interval is that of other objects having been drawn.
        """
        if not len(self.drift):
            return Interval(float("nan"), float("nan"), float("nan"))
        by_object = _mean(np.abs(self.drift).reshape(len(self.drift), -1), axes=(1,))
        return means(by_object[None], seed)[0]

    def by_shift(self) -> Float64[np.ndarray, "2 k"]:
        """The mean error in pixels at each shift, along x and along y."""
        return _mean(np.abs(self.drift), axes=(0, 3))

    def by_period(self) -> dict[int, float]:
        """How strongly the drift repeats every 2, 4, 8, … pixels: root mean square in pixels.

        A pattern that repeats every P pixels has all its frequencies at multiples of 1 / P. Each
        frequency is counted with the smallest power of two that it belongs to, so that the squares
        add up to the drift's variance. What a network of stride P does to shifts of less than P
        (aliasing: Zhang 2019, "Making Convolutional Networks Shift-Invariant Again", section 3)
        is at P and below; the longest period holds all that changes more slowly, too.
        """
        whole = self.drift[~np.isnan(self.drift).any(axis=(2, 3))]  # (m, k, 2)
        count = len(self.shifts)
        if not len(whole):
            return {}
        power = np.abs(np.fft.fft(whole, axis=1)) ** 2 / count**2  # (m, k, 2)
        power = power.mean(axis=(0, 2))  # (k,)
        strengths: dict[int, float] = {}
        counted = np.zeros(count, bool)
        counted[0] = True  # the mean: a shift of the origin
        period = 2
        while period <= count:
            mine = (np.arange(count) * period % count == 0) & ~counted
            strengths[period] = float(np.sqrt(power[mine].sum()))
            counted |= mine
            period *= 2
        return strengths

    def tables(self) -> dict[str, Table]:
        """Error by shift, and by period."""
        by_shift = self.by_shift()
        rows = [
            [int(shift), *(round(float(one), 4) for one in by_shift[:, k])]
            for k, shift in enumerate(self.shifts)
        ]
        periods = [[period, round(value, 4)] for period, value in self.by_period().items()]
        return {
            "probe/shift": (["shift (px)", "error along x (px)", "error along y (px)"], rows),
            "probe/shift_period": (["period (px)", "drift (px, root mean square)"], periods),
        }


def equivariance(ask: Asker, stage: SceneStage, objects: int) -> Equivariance:
    """Moves objects over a plain background by whole pixels, along x and along y.

    Each is moved by up to 16 px, or as far as the picture has room, around the picture's middle.
    Its size is of the smallest quarter of the dataset's. Nothing in the picture changes but the
    object's place, so that all that a box does but moving with it is the model's doing.
    """
    drawn = [stage.drawn(index, size=stage.small_size(index)) for index in range(objects)]
    objects_drawn = [one for one in drawn if one is not None]  # all: the dataset's sizes are seen
    reach = _reach(stage, objects_drawn)
    shifts = np.arange(-reach, reach)
    drifts, left_out = [], 0
    for index, one in enumerate(objects_drawn):
        left, top = ((stage.side - length) // 2 for length in sides(one))
        places = [(left + int(shift), top) for shift in shifts]
        places += [(left, top + int(shift)) for shift in shifts]
        shown = [stage.scene(index, one, corner=place, background=stage.plain) for place in places]
        answers = ask([scene.image for scene in shown])
        boxes = np.stack([_surest(answer) for answer in answers]).astype(np.float64)
        truth = np.stack([scene.box for scene in shown]).astype(np.float64)
        if not geometry.iou(boxes[reach], truth[reach]) >= FOUND_IOU:  # nor where it is NaN
            left_out += 1
            continue
        drifts.append(_drift(boxes - truth, len(shifts)))
    stacked = np.stack(drifts) if drifts else np.zeros((0, 2, len(shifts), 2))
    return Equivariance(shifts, stacked, left_out)


def pictures_needed(objects: int) -> int:
    """How many pictures `equivariance` shows at most."""
    return objects * 4 * _MOST_SHIFT


def _reach(stage: SceneStage, drawn: Sequence[DrawnObject]) -> int:
    """The largest shift: a power of two, so that strides divide the way."""
    room = min((stage.side - length) // 2 for one in drawn for length in sides(one))
    return 1 << min(_MOST_SHIFT, max(1, room)).bit_length() - 1


def _drift(away: Float64[np.ndarray, "_two_k 4"], shifts: int) -> Float64[np.ndarray, "2 k 2"]:
    """Of boxes that were moved along x, then along y: the two sides that ought to move."""
    along_x, along_y = away[:shifts, [0, 2]], away[shifts:, [1, 3]]
    drift = np.stack([along_x, along_y])  # (2, k, 2)
    return drift - drift[:, shifts // 2, None]


def _surest(answer: Detections) -> np.ndarray:
    """The box with the best score, whatever that is; NaN where nothing was put out."""
    return answer.boxes[0] if len(answer) else np.full(4, np.nan, np.float32)


def _mean(values: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """The mean without NaNs; NaN, and no warning, of nothing."""
    known = ~np.isnan(values)
    count = known.sum(axis=axes)
    total = np.where(known, values, 0.0).sum(axis=axes)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
