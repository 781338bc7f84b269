"""The samples of a split that has no files, as a writer takes them."""

from collections.abc import Iterator

import numpy as np

from objloc.data.dataset import SplitName
from objloc.data.sample_source import SampleSource
from objloc.data.writers.labelled_picture import LabelledPicture


def labelled_scenes(
    source: SampleSource, split: SplitName, epochs: int = 1
) -> Iterator[LabelledPicture]:
    """Every sample, made when it is asked for; their names sort in their order.

    Args:
        source: the split.
        split: its name.
        epochs: how many, one after the other; scenes for training are others in every epoch.
    """
    length = len(source)
    total = length * epochs
    digits = len(str(total - 1))
    for number in range(total):
        sample = source.sample(*divmod(number, length))
        yield LabelledPicture(
            name=f"{split}_{number:0{digits}}.png",
            pixels=sample.image,
            split=split,
            image_id=number,
            size=sample.size,
            boxes=sample.boxes.astype(np.float64),
            labels=sample.labels,
            ignore=sample.ignore,
            area=sample.area.astype(np.float64),
        )
