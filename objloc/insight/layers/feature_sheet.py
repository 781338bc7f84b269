"""A layer's feature map as a sheet of small pictures, one a channel."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

from objloc.data.drawing import tile
from objloc.insight.heat_picture import heat_picture

_TILE = 64  # pixels that a channel's shorter side has at least


@dataclass(frozen=True)
class FeatureSheet:
    """Channels of a feature map side by side, row by row, the busiest first.

    Attributes:
        picture: RGB.
        channels: which are shown, in this order.
        left_out: how many vary but found no room.
        still: how many have the same value everywhere on this picture; never shown.
    """

    picture: UInt8[np.ndarray, "_h _w 3"]
    channels: tuple[int, ...]
    left_out: int
    still: int


def feature_sheet(activation: Float32[np.ndarray, "h w c"], most: int = 16) -> FeatureSheet:
    """The channels that vary most over the picture, each from dark (lowest) to yellow (highest).

    Each has a scale of its own, from its lowest to its highest value: what a weak channel sees is
    seen, how weak it is not. A map's cells stay sharp squares: they are what the next layer sees.

    Args:
        activation: of one picture.
        most: channels that are shown at most.
    """
    spread = activation.std(axis=(0, 1))
    varying = np.flatnonzero(spread > 0)
    order = varying[np.argsort(-spread[varying], kind="stable")]
    shown = order[:most]
    tiles = [enlarged(heat_picture(activation[..., channel]), _TILE) for channel in shown] or [
        enlarged(heat_picture(np.zeros(activation.shape[:2])), _TILE)
    ]
    return FeatureSheet(
        picture=tile(tiles, columns=_columns(len(tiles))),
        channels=tuple(int(channel) for channel in shown),
        left_out=len(order) - len(shown),
        still=activation.shape[-1] - len(varying),
    )


def enlarged(picture: UInt8[np.ndarray, "_h _w 3"], least: int) -> UInt8[np.ndarray, "_h2 _w2 3"]:
    """The picture by the smallest whole factor that brings its shorter side to `least` pixels."""
    factor = max(1, -(-least // min(picture.shape[:2])))
    return np.repeat(np.repeat(picture, factor, axis=0), factor, axis=1)


def _columns(tiles: int) -> int:
    """About a square."""
    return int(np.ceil(np.sqrt(tiles)))
