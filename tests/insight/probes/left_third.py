"""White rectangles of which training never sees one in the left third of the picture."""

from dataclasses import dataclass
from typing import Any

from objloc.data import BatchForm, Sample, SampleSource, SplitName
from objloc.data.scenes import Scenes


class WithoutLeftThird:
    """Scenes, but each that has its object's centre in the left third is replaced by another."""

    def __init__(self, scenes: Scenes) -> None:
        self.scenes = scenes
        self.class_names = scenes.class_names
        self.batch_form: BatchForm = scenes.batch_form

    def split(self, name: SplitName) -> SampleSource:
        return _Source(self.scenes.split(name), self.batch_form.image_size / 3)

    def describe(self) -> dict[str, Any]:
        return {"kind": "without left third", "digest": "0"}


@dataclass
class _Source:
    source: SampleSource
    limit: float

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.source.class_names

    def __len__(self) -> int:
        return len(self.source)

    def sample(self, epoch: int, index: int) -> Sample:
        for further in range(len(self.source)):
            sample = self.source.sample(epoch, (index + 7 * further) % len(self.source))
            x1, _, x2, _ = sample.boxes[0]
            if (x1 + x2) / 2 >= self.limit:
                return sample
        raise AssertionError("every object is in the left third")
