"""Check: does every id and every picture stand in the labels once?"""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from objloc.data.files.annotations import Annotations
from objloc.data.files.finding import Finding


def duplicate_ids(annotations: Annotations) -> Iterator[Finding]:
    """An error for each picture that is listed twice, a warning for annotation ids used twice.

    COCO's ids are unique within a file: those of another split may start at 0 again.
    """
    listed = Counter(annotations.files)
    for image, file in enumerate(annotations.files):
        if listed[file] > 1:
            times = listed.pop(file)
            yield Finding(
                "id_duplicate",
                "error",
                annotations.label_files[image],
                f"{file} is listed {times} times, with separate objects each time",
                "join the entries: each would be a sample that lacks the others' objects",
                where=f"image {annotations.image_ids[image]}",
                files=(file,),
            )
    if annotations.ref_kind == "annotation":
        yield from _annotation_ids(annotations)


def _annotation_ids(annotations: Annotations) -> Iterator[Finding]:
    _, label_file = np.unique(np.asarray(annotations.label_files), return_inverse=True)
    image = annotations.image_of_object()
    keys = np.stack([label_file[image], annotations.refs], axis=1)
    _, first, times = np.unique(keys, axis=0, return_index=True, return_counts=True)
    for row in first[times > 1]:
        picture = int(image[row])
        yield Finding(
            "id_duplicate",
            "warning",
            annotations.label_files[picture],
            f"the id belongs to {times[first == row][0]} annotations",
            "number the annotations anew: tools that go by id lose some of them",
            where=annotations.where(int(row)),
            files=(annotations.files[picture],),
        )
