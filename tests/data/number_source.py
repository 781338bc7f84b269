"""A source whose samples tell their epoch and index: to see what a pipeline asks for."""

import numpy as np

from objloc.data import Sample


class NumberSource:
    """Samples of 8 × 8 pixels: red is the epoch, green the index; one object of class 0."""

    class_names = ("thing",)

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def sample(self, epoch: int, index: int) -> Sample:
        image = np.zeros((8, 8, 3), np.uint8)
        image[..., 0], image[..., 1] = epoch, index
        return Sample(
            image=image,
            boxes=np.array([[2, 0, 4, 8]], np.float32),
            labels=np.zeros(1, np.int32),
            ignore=np.zeros(1, bool),
            area=np.full(1, 16, np.float32),
            image_id=index,
            size=(8, 8),
        )


class FailingSource(NumberSource):
    """Fails at index 5."""

    def sample(self, epoch: int, index: int) -> Sample:
        if index == 5:
            raise OSError("the disk is gone")
        return super().sample(epoch, index)
