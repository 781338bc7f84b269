"""The boxes of one picture as it is shown: turned with it where its label speaks of it unturned."""

import numpy as np
from jaxtyping import Float64, Int8

from objloc.data.files.annotations import Annotations
from objloc.data.files.box_check import check_boxes
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


def box_faults(
    labels: Annotations,
    image: int,
    boxes: Float64[np.ndarray, "n 4"],
    header: PictureHeader,
    stop: bool,
) -> Int8[np.ndarray, " n"]:
    """What is wrong with each of a picture's boxes: `check_boxes`, the picture's size known.

    Args:
        labels: the table.
        image: the picture's row.
        boxes: see `labelled_boxes`.
        header: what the picture's file says.
        stop: raise where there is a fault.

    Raises:
        DataError: a box doesn't fit the picture, and `stop` is True.
    """
    sizes = np.array([header.size] * len(boxes), np.int32).reshape(-1, 2)
    faults = check_boxes(boxes, sizes)
    if stop and faults.any():
        row = int(np.flatnonzero(faults)[0])
        raise DataError(
            f"{printable(labels.label_files[image])}: "
            f"{labels.where(labels.objects(image).start + row)}: the box "
            f"{tuple(boxes[row].tolist())} is no box of {printable(labels.files[image])} "
            f"({header.size[1]} × {header.size[0]} px); fix the file or set "
            "dataset.invalid_boxes=skip"
        )
    return faults
