"""Anchors: boxes of set sizes on every cell of a feature map, and boxes as offsets from them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from objloc import boxes as geometry
from objloc.models.cells import cell_centers

VARIANCES = np.array([0.1, 0.1, 0.2, 0.2], "float32")
"""What the four offsets are divided by, so that they come out about as large as each other: from
the authors' code to Liu et al. 2016, "SSD"."""
MAX_LOG_RATIO = float(np.log(1000 / 16))
"""A decoded side is at most exp of this times its anchor's, so that early nonsense stays finite."""
RESTARTS = 5
ROUNDS = 100


def scaled_sizes(scale: float, per_octave: int, aspect_ratios: Sequence[float]) -> np.ndarray:
    """Widths and heights (A, 2), in cells, A = per_octave · len(aspect_ratios).

    A scale s has the sizes (s·√a, s/√a) for each aspect ratio a (Liu et al. 2016, "SSD", section
    2.2), and the scales go up to the next stride's in even ratios (Lin et al. 2017, "Focal Loss
    for Dense Object Detection", section 4).

    Args:
        scale: side of the smallest square one.
        per_octave: scales from ``scale`` to less than twice as much.
        aspect_ratios: width over height.
    """
    scales = scale * 2 ** (np.arange(per_octave) / per_octave)  # (P,)
    roots = np.sqrt(np.asarray(aspect_ratios, "float64"))  # (R,)
    sizes = np.stack([scales[:, None] * roots, scales[:, None] / roots], axis=-1)  # (P, R, 2)
    return sizes.reshape(-1, 2).astype("float32")


def tile(sizes: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Boxes (rows · columns · A, 4), normalised cxcywh, of ``sizes`` (A, 2), 0..1, on each cell.

    Their centres are the cells' (Liu et al. 2016, "SSD", section 2.2). The sizes run first, then
    the columns, then the rows: the order of a reshaped (rows, columns, A) map.
    """
    centers = np.repeat(cell_centers(rows, columns), len(sizes), axis=0)
    return np.concatenate([centers, np.tile(sizes, (rows * columns, 1))], -1).astype("float32")


def encode(boxes: Any, anchors: Any, xp: Any = np) -> Any:
    """Boxes (..., 4) xyxy as offsets (..., 4) from ``anchors`` (..., 4) cxcywh.

    Liu et al. 2016, "SSD", equation 2, over ``VARIANCES``. A side of a box that is 0 or less counts
    as very short.
    """
    cxcywh = geometry.xyxy_to_cxcywh(boxes, xp)
    shifts = (cxcywh[..., :2] - anchors[..., :2]) / anchors[..., 2:]
    log_ratios = xp.log(xp.maximum(cxcywh[..., 2:], geometry.EPSILON) / anchors[..., 2:])
    return xp.concatenate([shifts, log_ratios], axis=-1) / VARIANCES


def decode(offsets: Any, anchors: Any, xp: Any = np) -> Any:
    """The boxes (..., 4) xyxy that ``encode`` makes ``offsets`` (..., 4) of.

    No side comes out more than 62.5 times as long or as short as its anchor's.
    """
    scaled = offsets * VARIANCES
    centers = anchors[..., :2] + scaled[..., :2] * anchors[..., 2:]
    log_ratios = xp.clip(scaled[..., 2:], -MAX_LOG_RATIO, MAX_LOG_RATIO)
    sizes = anchors[..., 2:] * xp.exp(log_ratios)
    return geometry.cxcywh_to_xyxy(xp.concatenate([centers, sizes], axis=-1), xp)


def cluster_sizes(sizes: np.ndarray, count: int) -> np.ndarray:
    """``count`` widths and heights, (count, 2), that fit many: k-means with the distance 1 - IoU.

    Redmon and Farhadi 2017, "YOLO9000", section 2 ("Dimension Clusters"): the IoU is that of two
    boxes with the same centre. Starts are drawn as in Arthur and Vassilvitskii 2007, "k-means++",
    always by the same random numbers; of ``RESTARTS`` runs the one with the best mean IoU counts.
    Where there are fewer different sizes than ``count``, each round of the rest has all of them
    enlarged by √2 once more.

    Args:
        sizes: (N, 2) widths and heights, in any unit; those that are not above 0 are left out.
        count: how many are wanted.

    Returns:
        The sizes by area, the smallest first.

    Raises:
        ValueError: no size is above 0.
    """
    sizes = np.asarray(sizes, "float64").reshape(-1, 2)
    sizes = sizes[(sizes > 0).all(axis=1)]
    different = np.unique(sizes, axis=0)
    if len(different) == 0:
        raise ValueError("anchors can't be fitted to no boxes at all")
    if len(different) <= count:
        rounds = -(-count // len(different))
        enlarged = [different * 2 ** (index / 2) for index in range(rounds)]
        centers = np.concatenate(enlarged)[:count]
    else:
        generator = np.random.default_rng(0)
        runs = [_lloyd(sizes, _start(different, count, generator)) for _ in range(RESTARTS)]
        centers = max(runs, key=lambda centers: size_iou(sizes, centers).max(axis=1).mean())
    order = np.lexsort((centers[:, 0], centers.prod(axis=1)))
    return centers[order].astype("float32")


def size_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """IoU (N, M) of boxes of sizes ``a`` (N, 2) and ``b`` (M, 2) about the same centre."""
    shared = np.minimum(a[:, None, 0], b[:, 0]) * np.minimum(a[:, None, 1], b[:, 1])
    return shared / (a.prod(axis=-1)[:, None] + b.prod(axis=-1)[None] - shared)


def _start(different: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """``count`` of the sizes, each drawn the likelier the farther from those drawn before."""
    centers = different[generator.integers(len(different))][None]
    while len(centers) < count:
        distances = (1 - size_iou(different, centers).max(axis=1)).clip(min=0) ** 2
        chosen = generator.choice(len(different), p=distances / distances.sum())
        centers = np.concatenate([centers, different[chosen][None]])
    return centers


def _lloyd(sizes: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Centres moved to the mean of those nearest to them until nothing changes."""
    for _ in range(ROUNDS):
        nearest = size_iou(sizes, centers).argmax(axis=1)
        moved = np.stack(
            [
                sizes[nearest == index].mean(axis=0) if (nearest == index).any() else center
                for index, center in enumerate(centers)
            ]
        )
        if np.array_equal(moved, centers):
            break
        centers = moved
    return centers
