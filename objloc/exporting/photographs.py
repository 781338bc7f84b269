"""Pictures to ask a model about where its own data is not at hand."""

import numpy as np
import skimage.data

from objloc.data.resize import ResizeMode, resize

_NAMES = ("astronaut", "chelsea", "coffee", "rocket")  # colour pictures that the package brings


def photographs(size: int, mode: ResizeMode) -> np.ndarray:
    """scikit-image's photographs, whole and in quarters, as uint8 (20, size, size, 3)."""
    found = []
    for name in _NAMES:
        whole = np.asarray(getattr(skimage.data, name)())
        height, width = whole.shape[0] // 2, whole.shape[1] // 2
        found.append(whole)
        found += [
            whole[top : top + height, left : left + width]
            for top in (0, height)
            for left in (0, width)
        ]
    return np.stack([resize(np.ascontiguousarray(one), size, mode)[0] for one in found])
