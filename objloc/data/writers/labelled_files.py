"""The pictures of a split on disk, as a writer takes them."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64

from objloc.boxes import area, clip
from objloc.data.dataset import SplitName
from objloc.data.files.annotations import Annotations
from objloc.data.files.box_check import InvalidBoxes
from objloc.data.files.labelled_boxes import usable_boxes
from objloc.data.files.picture import picture_header
from objloc.data.writers.labelled_picture import LabelledPicture

_GREY = frozenset({"1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "F"})  # Pillow's modes


def labelled_files(
    labels: Annotations, split: SplitName, invalid_boxes: InvalidBoxes = "stop"
) -> Iterator[LabelledPicture]:
    """Every picture with its labels as they were read, one after the other.

    No box is changed but where labels speak of a picture as it is stored and EXIF turns it (then
    boxes are turned too, as every tool of today shows it), and where `invalid_boxes` is `clip`.
    Ids that stand there twice are replaced by new ones from the second time on.

    Args:
        labels: of the pictures of one split.
        split: its name.
        invalid_boxes: what becomes of boxes that don't fit the picture, as in `FileDataset`.

    Raises:
        DataError: a picture cannot be read, or its labels speak of another size.
    """
    image_ids = _unique(labels.image_ids)
    object_ids = labels.refs if labels.ref_kind == "annotation" else labels.object_ids
    if object_ids is not None:
        object_ids = _unique(object_ids)
    for image in range(len(labels)):
        path = labels.path(image)
        header = picture_header(path)
        rows = np.arange(labels.starts[image], labels.starts[image + 1])
        kept, boxes, faulty = usable_boxes(labels, image, header, invalid_boxes)
        height, width = header.size
        inside = np.where(faulty[:, None], clip(boxes, width, height), boxes)
        rows = rows[kept]
        yield LabelledPicture(
            name=path.name,
            pixels=path,
            split=split,
            image_id=int(image_ids[image]),
            size=header.size,
            channels=1 if header.mode in _GREY else 3,
            boxes=inside,
            labels=labels.labels[rows],
            ignore=labels.ignore[rows],
            # What a segmentation covers shrinks with its box.
            area=labels.area[rows] * (area(inside) / area(boxes)),
            object_ids=None if object_ids is None else object_ids[rows],
        )


def _unique(ids: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
    """The ids, each one's second and later appearances replaced by numbers above the largest."""
    first = np.zeros(len(ids), bool)
    first[np.unique(ids, return_index=True)[1]] = True
    unique = ids.copy()
    unique[~first] = ids.max(initial=-1) + 1 + np.arange(np.count_nonzero(~first))
    return unique
