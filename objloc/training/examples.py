"""Pictures that go with a model, for those who want to see it answer."""

import numpy as np
from jaxtyping import UInt8

from objloc.data import SampleSource


def example_pictures(source: SampleSource, count: int) -> list[UInt8[np.ndarray, "_h _w 3"]]:
    """So many pictures, RGB, taken evenly from all of a split; all of it, if there are fewer."""
    count = min(count, len(source))
    return [source.sample(0, place * len(source) // count).image for place in range(count)]
