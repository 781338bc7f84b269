"""Maps of numbers as pictures: alone, or laid over the picture that they are about."""

import cv2
import numpy as np
from jaxtyping import Float, UInt8

_OPACITY = 0.75  # of the strongest place of a map over a picture


def heat_picture(
    values: Float[np.ndarray, "h w"], lowest: float | None = None, highest: float | None = None
) -> UInt8[np.ndarray, "h w 3"]:
    """Numbers as colours, RGB: from dark violet, the lowest, over green to yellow, the highest.

    The colours are matplotlib's viridis: their lightness rises evenly, also for colour-blind eyes
    and in grey. What is not a number is grey.

    Args:
        values: any numbers.
        lowest: shown as the darkest colour, with all below it; None for the smallest of `values`.
        highest: shown as the lightest, with all above it; None for the largest.
    """
    finite = np.isfinite(values)
    known = values[finite]
    low = float(known.min(initial=np.inf)) if lowest is None else lowest
    high = float(known.max(initial=-np.inf)) if highest is None else highest
    shares = _shares(np.where(finite, values, 0.0), low, high)
    colours = cv2.applyColorMap((255 * shares).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    picture = np.array(cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), np.uint8)
    picture[~finite] = 128
    return picture


def overlay(
    image: UInt8[np.ndarray, "h w 3"],
    values: Float[np.ndarray, "h w"],
    highest: float | None = None,
) -> UInt8[np.ndarray, "h w 3"]:
    """A picture under a map of numbers: darkened and grey where they are low, coloured where high.

    Args:
        image: RGB.
        values: not negative, one a pixel. A map of zeros shows the darkened picture alone.
        highest: shown strongest, with all above it; None for the largest of `values`.
    """
    most = float(values.max(initial=0.0)) if highest is None else highest
    shares = _shares(values, 0.0, most)[..., None]  # (h, w, 1)
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    colours = cv2.applyColorMap((255 * shares[..., 0]).astype(np.uint8), cv2.COLORMAP_INFERNO)
    colours = cv2.cvtColor(colours, cv2.COLOR_BGR2RGB)
    opacity = _OPACITY * np.sqrt(shares)  # what is weak is to be seen at all
    return (0.7 * grey * (1 - opacity) + colours * opacity).astype(np.uint8)


def _shares(values: Float[np.ndarray, "h w"], low: float, high: float) -> np.ndarray:
    """The numbers in 0..1 between two limits; all 0 where these are the same."""
    if not high > low:
        return np.zeros(values.shape)
    return np.clip((values - low) / (high - low), 0, 1)
