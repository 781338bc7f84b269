"""The same white rectangles on black, but only in some columns of the picture."""

from dataclasses import replace
from typing import Any

import numpy as np

from objloc.data import BatchForm, Sample, SampleSource, Scenes
from objloc.data.dataset import SplitName


class MovedScenes:
    """Scenes whose object is moved sideways until it lies wholly inside a band of columns.

    Shapes, rows and the order stay as they were, and every place in the band is as likely as any
    other: what a model learns from these differs from the scenes themselves in the place alone.

    Args:
        scenes: one object each on plain black, none wider than the band.
        first: the first column that an object may cover.
        last: the column after the last one.
    """

    def __init__(self, scenes: Scenes, first: int, last: int) -> None:
        self.scenes = scenes
        self.first = first
        self.last = last

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the labels."""
        return self.scenes.class_names

    @property
    def batch_form(self) -> BatchForm:
        """As of the scenes."""
        return self.scenes.batch_form

    def split(self, name: SplitName) -> SampleSource:
        """The scenes of one split, moved."""
        return _Moved(self.scenes.split(name), self.first, self.last)

    def describe(self) -> dict[str, Any]:
        """As of the scenes, with the band."""
        described = self.scenes.describe()
        band = [self.first, self.last]
        return {**described, "columns": band, "digest": f"{described['digest']}-{band}"}


class _Moved:
    """One split of moved scenes."""

    def __init__(self, source: SampleSource, first: int, last: int) -> None:
        self._source = source
        self._first = first
        self._last = last

    @property
    def class_names(self) -> tuple[str, ...]:
        return self._source.class_names

    def __len__(self) -> int:
        return len(self._source)

    def sample(self, epoch: int, index: int) -> Sample:
        sample = self._source.sample(epoch, index)
        left, _, right, _ = sample.boxes[0]
        width, side = int(right - left), sample.image.shape[1]
        places = self._last - self._first - width + 1
        if places < 1:
            raise ValueError(
                f"scene {index}: its object is {width} px wide, the band has "
                f"{self._last - self._first} px"
            )
        # Which of the places it had becomes which of those that it may have.
        share = (left + 0.5) / (side - width + 1)
        shift = self._first + int(share * places) - int(left)
        boxes = sample.boxes + np.array([shift, 0, shift, 0], np.float32)
        # Black comes in from the other side: the object itself never wraps around.
        return replace(sample, image=np.roll(sample.image, shift, axis=1), boxes=boxes)
