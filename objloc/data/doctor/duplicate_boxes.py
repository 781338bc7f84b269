"""Check: is one object labelled twice?"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64

from objloc.boxes import iou
from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding

MIN_IOU = 0.95
"""Two people who label the same object hardly ever agree so well: it is the same box again."""


def duplicate_boxes(annotations: Annotations) -> Iterator[Finding]:
    """Warns of boxes of one class in one picture with an IoU over `MIN_IOU`."""
    image = annotations.image_of_object()
    for first, second in duplicate_pairs(annotations):
        picture = int(image[first])
        box = annotations.boxes[second]
        overlap = float(iou(annotations.boxes[first], box))
        name = annotations.class_names[annotations.labels[second]]
        yield Finding(
            "duplicate_box",
            "warning",
            annotations.label_files[picture],
            f"this '{name}' is the same as {annotations.where(int(first))} (IoU {overlap:.3f})",
            "delete one of the two: a model is punished for not finding both",
            where=annotations.where(int(second)),
            files=(annotations.files[picture],),
            box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
        )


def duplicate_pairs(annotations: Annotations) -> Int64[np.ndarray, "p 2"]:
    """Rows (a < b) of objects that are one; of three equal ones b and c are tied to a."""
    boxes, labels = annotations.boxes, annotations.labels
    after = annotations.starts[1:][annotations.image_of_object()]  # first row of the next picture
    rows = np.arange(len(boxes))
    found = []
    step = 1
    # All rows against the rows `step` later, while any picture has that many.
    while len(rows := rows[rows + step < after[rows]]):
        with np.errstate(invalid="ignore", over="ignore"):
            same = iou(boxes[rows], boxes[rows + step]) > MIN_IOU
        same &= labels[rows] == labels[rows + step]
        found.append(np.stack([rows[same], rows[same] + step], axis=1))
        step += 1
    pairs = np.concatenate(found) if found else np.empty((0, 2), np.int64)
    pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    _, first = np.unique(pairs[:, 1], return_index=True)
    return pairs[first]
