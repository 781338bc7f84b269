"""The box around an outline: for annotations that come with a segmentation and without a bbox."""

from typing import Any

import numpy as np

Bbox = tuple[float, float, float, float]


def outline_bounds(segmentation: Any) -> Bbox | None:
    """x, y, width and height around polygons or a run-length mask; None where there is neither.

    Args:
        segmentation: a list of polygons [x1, y1, x2, y2, …], or a mask {"size", "counts"} whose
            counts are numbers or COCO's compressed text.
    """
    try:
        if isinstance(segmentation, dict):
            return _mask_bounds(segmentation)
        return _polygon_bounds(segmentation)
    except (TypeError, ValueError, KeyError, OverflowError):
        return None


def _polygon_bounds(polygons: Any) -> Bbox | None:
    if not isinstance(polygons, list) or not polygons:
        return None
    if not isinstance(polygons[0], list):  # a single polygon, as some tools write it
        polygons = [polygons]
    points = np.concatenate([np.array(polygon, np.float64).reshape(-1, 2) for polygon in polygons])
    if not len(points) or not np.isfinite(points).all():
        return None
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, top, right - left, bottom - top


def _mask_bounds(mask: dict[str, Any]) -> Bbox | None:
    height, width = (int(side) for side in mask["size"])
    counts = mask["counts"]
    runs = _decompressed(counts) if isinstance(counts, str) else [int(count) for count in counts]
    # Runs of outside and inside take turns, down the columns, the first one outside.
    lengths = np.array(runs, np.int64)
    ends = np.cumsum(lengths)
    if not runs or height < 1 or width < 1 or (lengths < 0).any() or ends[-1] != height * width:
        return None
    inside = (np.arange(len(runs)) % 2 == 1) & (lengths > 0)
    first, last = (ends - lengths)[inside], ends[inside] - 1
    if not len(first):
        return None
    left, right = float(first.min() // height), float(last.max() // height + 1)
    # A run that goes on in the next column touches the bottom of one and the top of the other.
    whole = (first // height != last // height).any()
    top = 0.0 if whole else float((first % height).min())
    bottom = float(height) if whole else float((last % height).max() + 1)
    return left, top, right - left, bottom - top


def _decompressed(text: str) -> list[int]:
    """The runs that COCO's text stands for.

    Each number is written in groups of five bits, the lowest first, a sixth bit saying that more
    follow; from the third on it is the difference to the number two before (cocoapi, maskApi.c).
    """
    runs: list[int] = []
    number = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        number |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            number -= 1 << shift
        runs.append(number + runs[-2] if len(runs) > 2 else number)
        number = shift = 0
    return runs
