"""A 64-bit hash of what a picture looks like: close for close pictures, whatever their files are.

It is the sign pattern of a picture's lowest frequencies (a DCT hash: Zauner 2010, "Implementation
and Benchmarking of Perceptual Image Hash Functions", chapter 3.2.1): another size, another
compression or brightness change few of its bits.
"""

import cv2
import numpy as np
from jaxtyping import UInt8

THUMBNAIL_SIDE = 16
"""Side of the tiny grey picture that is kept beside the hash, to compare what the hash finds."""

_DCT_SIDE = 32
_LOWEST = 8  # frequencies a side: 8 × 8 are the 64 bits


def perceptual_hash(
    image: UInt8[np.ndarray, "height width 3"],
) -> tuple[np.uint64, UInt8[np.ndarray, "16 16"]]:
    """The hash of an RGB picture, with its tiny grey thumbnail.

    Returns:
        64 bits, each saying whether one of the 64 lowest frequencies is stronger than their
        median (the mean brightness stands for none of them: it says little about what is seen);
        and the picture in grey, 16 × 16.
    """
    small = cv2.resize(image, (_DCT_SIDE, _DCT_SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    frequencies = cv2.dct(grey.astype(np.float32))
    lowest = frequencies[:_LOWEST, :_LOWEST].ravel()
    # The brightness gives its place to the first frequency outside the square.
    lowest[0] = frequencies[0, _LOWEST]
    lowest = lowest.round(2)  # what is left of a flat picture is the rounding of the sums
    bits = np.packbits(lowest > np.median(lowest)).view(np.uint64)[0]
    side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    return bits, cv2.resize(grey, side, interpolation=cv2.INTER_AREA)
