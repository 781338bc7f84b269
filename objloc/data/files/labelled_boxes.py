"""The boxes of one picture as it is shown: turned with it where its label speaks of it unturned."""

import numpy as np
from jaxtyping import Float64

from objloc.data.files.annotations import Annotations
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
