"""Part of a table of labels: some pictures, some of their objects, some of the classes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Int32, Int64

from objloc.data.files.annotations import Annotations


def select(
    annotations: Annotations,
    *,
    images: Int64[np.ndarray, " k"],
    objects: Bool[np.ndarray, " n"],
    class_names: Sequence[str],
    label_of: Int32[np.ndarray, " classes"],
) -> Annotations:
    """The chosen pictures with the chosen ones of their objects, without findings.

    Args:
        annotations: the whole table.
        images: which pictures, in which order.
        objects: which objects may stay.
        class_names: the classes of the new table.
        label_of: the new label of each of the old ones; objects with −1 are left out.
    """
    counts_of_all = np.diff(annotations.starts)[images]
    first = np.concatenate([[0], np.cumsum(counts_of_all)])
    # Row by row through the chosen pictures: where each one's objects start, and so on from there.
    rows = np.arange(first[-1]) + np.repeat(annotations.starts[images] - first[:-1], counts_of_all)
    stays = objects[rows] & (label_of[annotations.labels[rows]] >= 0)
    kept_before = np.concatenate([[0], np.cumsum(stays)])
    rows = rows[stays]
    return replace(
        annotations,
        class_names=tuple(class_names),
        files=[annotations.files[image] for image in images],
        label_files=[annotations.label_files[image] for image in images],
        image_ids=annotations.image_ids[images],
        sizes=annotations.sizes[images],
        splits=annotations.splits[images],
        starts=kept_before[first].astype(np.int64),
        boxes=annotations.boxes[rows],
        labels=label_of[annotations.labels[rows]],
        ignore=annotations.ignore[rows],
        area=annotations.area[rows],
        refs=annotations.refs[rows],
        findings=(),
        class_ids=_of_classes(annotations.class_ids, label_of, len(class_names)),
        object_ids=None if annotations.object_ids is None else annotations.object_ids[rows],
    )


def _of_classes(
    ids: Int64[np.ndarray, " classes"] | None, label_of: Int32[np.ndarray, " classes"], count: int
) -> Int64[np.ndarray, " c"] | None:
    """The ids of the classes of the new table; None where one of them has none."""
    if ids is None or len(np.unique(label_of[label_of >= 0])) < count:
        return None
    chosen = np.zeros(count, np.int64)
    chosen[label_of[label_of >= 0]] = ids[label_of >= 0]
    return chosen
