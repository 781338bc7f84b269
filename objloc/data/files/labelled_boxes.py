"""The boxes of one picture as it is shown: turned with it where its label speaks of it unturned."""

import numpy as np
from jaxtyping import Bool, Float64, Int64

from objloc.data.files.annotations import Annotations
from objloc.data.files.box_check import FINE, InvalidBoxes, check_boxes, survives_clipping
from objloc.data.files.picture import PictureHeader, upright_boxes
from objloc.data.files.printable import printable
from objloc.errors import DataError


def labelled_boxes(
    labels: Annotations, image: int, header: PictureHeader
) -> Float64[np.ndarray, "n 4"]:
    """Boxes of a picture, xyxy in pixels of the picture upright.

    Args:
        labels: the table.
        image: the picture's row.
        header: what the picture's file says.

    Raises:
        DataError: the label speaks of another size than the picture's.
    """
    boxes = labels.boxes[labels.objects(image)]
    height, width = (int(side) for side in labels.sizes[image])
    if (height, width) in ((0, 0), header.size):
        return boxes
    if (height, width) == header.stored_size:
        return upright_boxes(boxes, header.stored_size, header.orientation)
    raise DataError(
        f"{printable(labels.label_files[image])}: the label speaks of {width} × {height} px, but "
        f"{printable(labels.files[image])} has {header.size[1]} × {header.size[0]}; correct the "
        "label, or leave such pictures out with "
        "dataset.check_pictures=true dataset.invalid_pictures=skip"
    )


def usable_boxes(
    labels: Annotations, image: int, header: PictureHeader, invalid_boxes: InvalidBoxes
) -> tuple[Int64[np.ndarray, " k"], Float64[np.ndarray, "k 4"], Bool[np.ndarray, " k"]]:
    """Which of a picture's boxes stay, these boxes, and which of them must be cut at its edges.

    Args:
        labels: the table.
        image: the picture's row.
        header: what the picture's file says.
        invalid_boxes: what becomes of boxes that don't fit the picture.

    Raises:
        DataError: a box doesn't fit the picture, and `invalid_boxes` is `stop`; or the label speaks
            of another size.
    """
    boxes = labelled_boxes(labels, image, header)
    sizes = np.array([header.size] * len(boxes), np.int32).reshape(-1, 2)
    faults = check_boxes(boxes, sizes)
    if invalid_boxes == "stop" and faults.any():
        row = int(np.flatnonzero(faults)[0])
        raise DataError(
            f"{printable(labels.label_files[image])}: "
            f"{labels.where(labels.objects(image).start + row)}: the box "
            f"{tuple(boxes[row].tolist())} is no box of {printable(labels.files[image])} "
            f"({header.size[1]} × {header.size[0]} px); fix the file or set "
            "dataset.invalid_boxes=skip"
        )
    stays = survives_clipping(faults) if invalid_boxes == "clip" else faults == FINE
    kept = np.flatnonzero(stays)
    return kept, boxes[kept], faults[kept] != FINE
