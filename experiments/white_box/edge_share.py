"""Where in a map of features something happens because an object is there."""

import numpy as np
from jaxtyping import Float

PLACES = ("on the edges", "inside", "outside")


def edge_shares(
    changes: Float[np.ndarray, "b h w c"], boxes: Float[np.ndarray, "b 4"]
) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """How much of a map's change lies on the objects' edges, inside of them and outside.

    Args:
        changes: features of B scenes with one object each, less those of the empty scene.
        boxes: the objects', normalised xyxy.

    Returns:
        The shares of the summed absolute change by `PLACES`, and the shares of the cells.
    """
    cells = changes.shape[1]
    strength = np.abs(changes).sum(axis=-1)  # (b, h, w)
    edges = boxes * cells
    first = np.minimum(np.floor(edges[:, :2]), cells - 1)
    last = np.maximum(np.ceil(edges[:, 2:]) - 1, first)
    rows, columns = np.mgrid[:cells, :cells]
    place = np.stack([columns, rows])[None]  # (1, 2, h, w)
    low, high = first[:, :, None, None], last[:, :, None, None]
    touched = ((place >= low) & (place <= high)).all(axis=1)
    border = touched & ((place == low) | (place == high)).any(axis=1)
    kinds = np.where(border, 0, np.where(touched, 1, 2))
    shares = np.bincount(kinds.ravel(), weights=strength.ravel(), minlength=3) / strength.sum()
    return shares, np.bincount(kinds.ravel(), minlength=3) / kinds.size
