"""Occlusion sensitivity: what happens to the answer where a patch hides the picture."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from jaxtyping import Float32

from objloc.errors import ConfigError
from objloc.evaluation import Predictor
from objloc.insight.maps.agreement import Agreement, ask
from objloc.insight.maps.fill import Fill, check_fill, filled
from objloc.insight.maps.method import DETECTION, BlackBoxMethod
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import Subject

Measure = Literal["iou", "score", "support"]


class Occlusion(BlackBoxMethod):
    """Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2.

    A square patch slides over the picture, and beyond its border, so that each pixel is hidden
    equally often; a pixel's value is the mean loss over the patches that hide it. What a patch
    improves counts as nothing.

    Args:
        patch: side of the patch in pixels; None for an eighth of the picture's.
        stride: pixels between two places of the patch; None for half a patch.
        fill: what the patch shows: `black`, `white`, `mean` (the picture's mean colour) or `blur`.
            On photographs all do equally well (mass inside the object's box .79 to .82). On white
            boxes a grey patch is seen as an object itself: black .70, mean .56, blur .51.
        measure: what is lost: `iou` with the explained box, the `score`, or `support`,
            score × IoU: see `Agreement`.
    """

    name = "occlusion"
    title = "Occlusion"
    source = "Zeiler and Fergus 2014"
    about = "Hidden behind a patch here, the picture gets another answer."

    def __init__(
        self,
        patch: int | None = None,
        stride: int | None = None,
        fill: Fill = "mean",
        measure: Measure = "iou",
    ) -> None:
        check_fill(f"{self.name}: fill", fill)
        for key, value in (("patch", patch), ("stride", stride)):
            if value is not None and value < 1:
                raise ConfigError(f"{self.name}: {key}={value}: it must be at least 1, or null")
        if patch is not None and stride is not None and stride > patch:
            raise ConfigError(
                f"{self.name}: stride={stride} steps over pixels that a patch of {patch} px never "
                "hides; make the stride smaller"
            )
        if measure not in ("iou", "score", "support"):
            raise ConfigError(f"{self.name}: measure={measure}: it is iou, score or support")
        self.patch = patch
        self.stride = stride
        self.fill: Fill = fill
        self.measure: Measure = measure

    def __call__(self, predictor: Predictor, subject: Subject) -> SaliencyMap:
        """The map; empty where no patch changes anything."""
        side = subject.image.shape[0]
        patch = self.patch or max(2, side // 8)
        stride = self.stride or max(1, patch // 2)
        starts = range(stride - patch, side, stride)
        places = [(y, x) for y in starts for x in starts]
        windows = [(slice(max(y, 0), y + patch), slice(max(x, 0), x + patch)) for y, x in places]
        [whole] = self._numbers(ask(predictor, [subject.image], subject))
        hidden = self._numbers(ask(predictor, self._hidden(subject, windows), subject))
        losses = np.zeros((side, side))
        times = np.zeros((side, side))
        for window, loss in zip(windows, np.maximum(whole - hidden, 0), strict=True):
            losses[window] += loss
            times[window] += 1
        values = (losses / times).astype(np.float32)
        what = {"iou": "IoU", "score": "score", "support": "score × IoU"}[self.measure]
        note = f"{what} {whole:.2f}, at worst {hidden.min():.2f} behind a patch of {patch} px"
        return SaliencyMap(values, self.name, DETECTION, note)

    def _hidden(
        self, subject: Subject, windows: list[tuple[slice, slice]]
    ) -> Iterator[Float32[np.ndarray, "s s 3"]]:
        shown = subject.image.astype(np.float32)
        patches = filled(subject.image, self.fill)
        for window in windows:
            picture = shown.copy()
            picture[window] = patches[window]
            yield picture

    def _numbers(self, agreement: Agreement) -> Float32[np.ndarray, " n"]:
        return {
            "iou": agreement.iou,
            "score": agreement.score,
            "support": agreement.support,
        }[self.measure]
