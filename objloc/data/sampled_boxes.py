"""A look at the boxes of a training split, as the model will see them."""

import numpy as np
from jaxtyping import Float32

from objloc.data.batch_form import BatchForm
from objloc.data.resize import resize
from objloc.data.sample_source import SampleSource

_SAMPLES = 500


def sampled_boxes(source: SampleSource, form: BatchForm) -> Float32[np.ndarray, "n 4"]:
    """The boxes of some of a split's samples: normalised xyxy, of the resized pictures.

    Boxes marked "ignore" are left out, and so may be all: N can be 0.

    Args:
        source: the split; 500 samples of epoch 0 are made, spread evenly, for files are often
            sorted by what they show; or all if there are fewer.
        form: what pictures are brought to.
    """
    found = [np.zeros((0, 4), np.float32)]
    count = min(len(source), _SAMPLES)
    for place in range(count):
        sample = source.sample(0, place * len(source) // count)
        _, transform = resize(sample.image, form.image_size, form.resize_mode)
        found.append(transform.apply(sample.boxes[~sample.ignore]))
    return np.concatenate(found) / np.float32(form.image_size)
