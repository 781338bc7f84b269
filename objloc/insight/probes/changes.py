"""What probes do to a finished picture: contrast, brightness, blur, noise, a bar over the object.

The first four follow Hendrycks and Dietterich 2019, "Benchmarking Neural Network Robustness to
Common Corruptions and Perturbations" (ImageNet-C), section 3, with strengths of our own.
"""

from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import UInt8

from objloc.insight.probes.shown import Shown

BAR_GREY = 128
_BAR_MARGIN = 2  # pixels by which the bar is longer than the object at both ends


def contrasted(
    image: UInt8[np.ndarray, "h w 3"], factor: float | int
) -> UInt8[np.ndarray, "h w 3"]:
    """Every pixel's distance from the picture's mean colour, times a factor."""
    mean = image.mean(axis=(0, 1))
    return _bytes(mean + factor * (image - mean))


def brightened(
    image: UInt8[np.ndarray, "h w 3"], percent: float | int
) -> UInt8[np.ndarray, "h w 3"]:
    """So many % of the full range of 255 are added to every pixel."""
    return _bytes(image + 2.55 * percent)


def blurred(image: UInt8[np.ndarray, "h w 3"], sigma: float | int) -> UInt8[np.ndarray, "h w 3"]:
    """Gaussian blur with a standard deviation in pixels."""
    if sigma == 0:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), float(sigma)))


def noised(
    image: UInt8[np.ndarray, "h w 3"], percent: float | int, rng: np.random.Generator
) -> UInt8[np.ndarray, "h w 3"]:
    """Normal noise on every channel of every pixel, its standard deviation in % of 255.

    The same `rng` draws the same pattern at every strength.
    """
    return _bytes(image + 2.55 * percent * rng.standard_normal(image.shape, np.float32))


def barred(shown: Shown, share: float | int, rng: np.random.Generator) -> Shown:
    """A grey bar across the middle of the object, upright or level by lot, that hides a share.

    The share is that of the object's visible pixels, or of its box where only that is known; it is
    the nearest that whole pixels allow. Both ends of the object stay in sight, so that its box is
    nearly the same whether one counts what is seen or the whole object. Where its pixels are known
    it is measured anew on those that are left: a round object may end under the bar.
    """
    across = bool(rng.integers(2))
    if share == 0:
        return shown
    x1, y1, x2, y2 = (round(float(side)) for side in shown.box)
    height, width = shown.image.shape[:2]
    x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, width), min(y2, height)
    known = shown.visible
    seen = np.ones((y2 - y1, x2 - x1), bool) if known is None else known
    lines = seen if across else seen.T  # the bar runs down the columns of `lines`
    first, last = _bar(lines.sum(axis=0), float(share))
    image = shown.image.copy()
    m = _BAR_MARGIN
    if across:
        image[max(0, y1 - m) : y2 + m, x1 + first : x1 + last] = BAR_GREY
    else:
        image[y1 + first : y1 + last, max(0, x1 - m) : x2 + m] = BAR_GREY
    if known is None:
        return replace(shown, image=image)
    left = seen.copy()
    (left if across else left.T)[:, first:last] = False
    return _cut(replace(shown, image=image), left)


def _bar(counts: np.ndarray, share: float) -> tuple[int, int]:
    """The columns, from and to, of the bar around the middle that hides most nearly the share.

    The outermost columns stay in sight.
    """
    columns = len(counts)
    widths = range(max(1, columns - 1))
    starts = [(columns - width) // 2 for width in widths]
    hidden = [counts[a : a + w].sum() / counts.sum() for a, w in zip(starts, widths, strict=True)]
    best = int(np.argmin(np.abs(np.array(hidden) - share)))
    return starts[best], starts[best] + best


def _cut(shown: Shown, left: np.ndarray) -> Shown:
    """The same with the box of the object's pixels that are left."""
    rows, columns = np.flatnonzero(left.any(axis=1)), np.flatnonzero(left.any(axis=0))
    x, y = float(shown.box[0]), float(shown.box[1])
    top, bottom, start, end = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    box = np.array([x + start, y + top, x + end, y + bottom], np.float32)
    return replace(shown, box=box, visible=left[top:bottom, start:end])


def _bytes(values: np.ndarray) -> UInt8[np.ndarray, "h w 3"]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
