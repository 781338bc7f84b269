"""Check: are some classes far rarer than others?"""

from collections.abc import Iterator

import numpy as np

from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding

_RATIO = 10  # below a tenth of the largest class


def class_balance(annotations: Annotations) -> Iterator[Finding]:
    """Warns, once for the dataset, of classes with less than a tenth of the largest one's."""
    counts = np.bincount(
        annotations.labels[~annotations.ignore], minlength=len(annotations.class_names)
    )
    if not counts.any():
        return
    largest = int(counts.argmax())
    order = np.argsort(counts, kind="stable")
    rare = [label for label in order if 0 < counts[label] * _RATIO < counts[largest]]
    if not rare:
        return
    names = annotations.class_names
    listed = ", ".join(f"'{names[label]}' {counts[label]}" for label in rare[:10])
    more = f" and {len(rare) - 10} more" if len(rare) > 10 else ""
    times = counts[largest] / counts[rare[0]]
    rows = np.flatnonzero(annotations.labels == rare[0])[:8]
    images = np.unique(annotations.image_of_object()[rows])
    yield Finding(
        "class_imbalance",
        "warning",
        annotations.label_files[int(images[0])],
        f"of {counts.sum()} objects '{names[largest]}' has {counts[largest]}, but {listed}{more}: "
        f"up to {times:.0f} times fewer",
        "label more of them, and read the numbers of each class, not only their mean",
        files=tuple(annotations.files[image] for image in images),
    )
