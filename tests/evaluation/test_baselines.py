"""The answers that look at no picture."""

import numpy as np
import pytest

from objloc.data.sample import Sample
from objloc.evaluation import mean_box


def sample(height: int, width: int, boxes: list, ignore: list[bool]) -> Sample:
    """A black picture with boxes."""
    return Sample(
        image=np.zeros((height, width, 3), np.uint8),
        boxes=np.asarray(boxes, np.float32).reshape(-1, 4),
        labels=np.zeros(len(boxes), np.int32),
        ignore=np.asarray(ignore, np.bool_),
        area=np.ones(len(boxes), np.float32),
        image_id=0,
        size=(height, width),
    )


def test_mean_box_is_normalised_and_skips_ignored() -> None:
    """Pictures of different shape, one without object."""
    samples = [
        sample(100, 200, [[20, 10, 120, 50]], [False]),  # .1 .1 .6 .5
        sample(10, 10, [[3, 5, 4, 7], [0, 0, 1, 1]], [False, True]),  # .3 .5 .4 .7
        sample(10, 10, [], []),
    ]
    assert mean_box(samples) == pytest.approx([0.2, 0.3, 0.5, 0.6])


def test_without_any_box_it_is_the_whole_image() -> None:
    """A training set of empty pictures."""
    assert mean_box([sample(10, 10, [], [])]).tolist() == [0, 0, 1, 1]
