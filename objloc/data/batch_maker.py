"""Turns numbered samples into arrays of one shape."""

import functools

import numpy as np
from jaxtyping import Int64

from objloc.data.batch_form import BatchForm
from objloc.data.resize import resize
from objloc.data.sample import Sample
from objloc.data.sample_source import SampleSource
from objloc.data.truth import Truth

Targets = dict[str, np.ndarray]


class BatchMaker:
    """Makes the batch of any step from nothing but the step's number; picklable.

    Args:
        source: the samples.
        batch_size: samples in a batch.
        form: what pictures and targets are brought to.
    """

    def __init__(self, source: SampleSource, *, batch_size: int, form: BatchForm) -> None:
        self.source = source
        self.batch_size = batch_size
        self.form = form

    def train(self, seed: int, step: int) -> tuple[np.ndarray, Targets]:
        """The batch of a global step, its samples being counted through all epochs."""
        length = len(self.source)
        first = step * self.batch_size
        samples = []
        for position in range(first, first + self.batch_size):
            epoch, place = divmod(position, length)
            samples.append(self.source.sample(epoch, int(_order(seed, epoch, length)[place])))
        images, targets, _ = self._stack(samples)
        return images, targets

    def evaluation(self, number: int) -> tuple[np.ndarray, Targets, tuple[Truth, ...]]:
        """Batch `number` of epoch 0 in order; the last one may be short."""
        first = number * self.batch_size
        last = min(first + self.batch_size, len(self.source))
        return self._stack([self.source.sample(0, index) for index in range(first, last)])

    def _stack(self, samples: list[Sample]) -> tuple[np.ndarray, Targets, tuple[Truth, ...]]:
        size, most = self.form.image_size, self.form.max_objects
        images = np.empty((len(samples), size, size, 3), np.uint8)
        boxes = np.zeros((len(samples), most, 4), np.float32)
        labels = np.full((len(samples), most), -1, np.int32)
        truths = []
        for row, sample in enumerate(samples):
            images[row], transform = resize(sample.image, size, self.form.resize_mode)
            counted = np.flatnonzero(~sample.ignore)
            if len(counted) > most:
                largest = np.argsort(-sample.area[counted], kind="stable")[:most]
                counted = counted[np.sort(largest)]
            boxes[row, : len(counted)] = transform.apply(sample.boxes[counted]) / size
            labels[row, : len(counted)] = sample.labels[counted]
            truths.append(
                Truth(
                    image_id=sample.image_id,
                    size=sample.size,
                    boxes=sample.boxes,
                    labels=sample.labels,
                    ignore=sample.ignore,
                    area=sample.area,
                    transform=transform,
                )
            )
        return images, {"boxes": boxes, "labels": labels}, tuple(truths)


@functools.lru_cache(maxsize=2)  # a batch may reach over the end of an epoch
def _order(seed: int, epoch: int, length: int) -> Int64[np.ndarray, " length"]:
    """The order in which an epoch shows its samples."""
    return np.random.Generator(np.random.PCG64([seed, epoch])).permutation(length)
