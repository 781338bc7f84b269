"""A box with one thing about it set right."""

import numpy as np
from jaxtyping import Float64

from objloc import boxes as box_geometry

CORRECTIONS = ("centre_off", "size_off", "shape_off")
"""What can be set right alone, in the order of the first axis of `correct`."""


def correct(
    found: Float64[np.ndarray, "n 4"], objects: Float64[np.ndarray, "n 4"]
) -> Float64[np.ndarray, "3 n 4"]:
    """The boxes with the centre, the size or the shape of their objects; all must have an area.

    The size is the area, about the box's own centre and with its own ratio of width to height; the
    shape is that ratio, about its own centre and with its own area.
    """
    box = box_geometry.xyxy_to_cxcywh(found)
    thing = box_geometry.xyxy_to_cxcywh(objects)
    centre, size, shape = box.copy(), box.copy(), box.copy()
    centre[:, :2] = thing[:, :2]
    area, object_area = box[:, 2] * box[:, 3], thing[:, 2] * thing[:, 3]
    size[:, 2:] *= np.sqrt(object_area / area)[:, None]
    ratio = thing[:, 2] / thing[:, 3]
    shape[:, 2], shape[:, 3] = np.sqrt(area * ratio), np.sqrt(area / ratio)
    return box_geometry.cxcywh_to_xyxy(np.stack([centre, size, shape]))
