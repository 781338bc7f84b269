"""Numbers as people write them in label files."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64

Boxes = Float64[np.ndarray, "n 4"]


def plain_number(value: float) -> str:
    """The shortest decimals that read back as the same float64, without an exponent: 3, 0.25."""
    return np.format_float_positional(value + 0.0, trim="-")  # + 0.0: no "-0"


def without_noise(
    numbers: Float64[np.ndarray, "n 4"],
    decimals: int,
    read: Callable[[Boxes], Boxes],
    boxes: Float64[np.ndarray, "n 4"],
) -> Float64[np.ndarray, "n 4"]:
    """The numbers rounded, so that 88 does not become 87.99999999999999.

    A row is left as it is where the rounded numbers would not give the same float32 box.

    Args:
        numbers: what is to be written of each box.
        decimals: how many to keep.
        read: makes a box out of such numbers, as readers do.
        boxes: the boxes.
    """
    rounded = numbers.round(decimals)
    same = read(rounded).astype(np.float32) == boxes.astype(np.float32)
    return np.where(same.all(axis=1, keepdims=True), rounded, numbers)
