"""Check: do the targets hold all objects of every training picture?"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int8

from objloc.data.files.annotations import SPLITS, Annotations
from objloc.data.files.finding import Finding


def object_limit(
    annotations: Annotations,
    splits: Int8[np.ndarray, " i"],
    usable: Bool[np.ndarray, " n"],
    max_objects: int,
) -> Iterator[Finding]:
    """Warns, once for the dataset, of training pictures with more than `max_objects` objects.

    Args:
        annotations: the labels.
        splits: each picture's split, as training uses them.
        usable: the objects whose boxes are boxes; others are not counted.
        max_objects: rows in the targets.
    """
    counted = usable & ~annotations.ignore
    kept = np.bincount(annotations.image_of_object()[counted], minlength=len(annotations))
    kept[splits != SPLITS.index("train")] = 0
    over = np.flatnonzero(kept > max_objects)
    if not len(over):
        return
    lost = int((kept[over] - max_objects).sum())
    fullest = over[np.argsort(-kept[over], kind="stable")]
    yield Finding(
        "object_lost",
        "warning",
        annotations.label_files[int(fullest[0])],
        f"{len(over)} training pictures have more than max_objects={max_objects} objects, this one "
        f"{kept[fullest[0]]}: training never sees the smallest {lost} of {kept.sum()} objects",
        f"set dataset.max_objects={kept.max()} or null",
        files=tuple(annotations.files[image] for image in fullest[:8]),
    )
