"""The shape that samples of any size are brought to, so that they fit into one batch."""

from dataclasses import dataclass

from objloc.data.resize import ResizeMode


@dataclass(frozen=True)
class BatchForm:
    """How pictures and objects become arrays of one shape.

    Attributes:
        image_size: side in pixels of the square picture that the model is fed.
        max_objects: rows in the targets; where a picture has more objects, the largest stay.
        resize_mode: how pictures of other sizes are brought to the square.
    """

    image_size: int
    max_objects: int = 1
    resize_mode: ResizeMode = "letterbox"
