"""Takes the answer of flatten-and-dense apart: which cells make which coordinate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, UInt8

from objloc.models import Localizer

KINDS = ("the two corners of this side", "the rest of this side", "the other sides", "the inside")
OUTSIDE = "outside of the object"


@dataclass(frozen=True)
class ReadOut:
    """The one dense layer between the feature map and the four coordinates.

    A coordinate is the sigmoid of a sum over all cells, so that the sum can be taken apart.

    Attributes:
        weights: (h, w, channels, 4): what a cell's channels count for each coordinate's logit.
        features: (B, h, w, channels) of B scenes, less those of the empty scene.
        empty: (4,) the logits of the empty scene.
    """

    weights: Float64[np.ndarray, "h w c 4"]
    features: Float64[np.ndarray, "b h w c"]
    empty: Float64[np.ndarray, "4"]

    @classmethod
    def of(cls, localizer: Localizer, images: UInt8[np.ndarray, "b s s 3"]) -> "ReadOut":
        """Looks at a localizer with a `Regression` head that flattens and has no hidden layers."""
        head = localizer.head
        black = np.zeros_like(images[:1])
        both = np.concatenate([black, images]).astype(np.float32)
        maps = np.asarray(localizer.backbone(both, training=False)[head.level], np.float64)
        kernel = np.asarray(head.corners.kernel, np.float64).reshape(*maps.shape[1:], 4)
        bias = np.asarray(head.corners.bias, np.float64)
        empty = bias + np.einsum("hwc,hwcs->s", maps[0], kernel)
        return cls(kernel, maps[1:] - maps[0], empty)

    @property
    def contributions(self) -> Float64[np.ndarray, "b h w 4"]:
        """What each cell adds to each logit, beyond what it says of an empty scene."""
        return np.einsum("bhwc,hwcs->bhws", self.features, self.weights)

    @property
    def logits(self) -> Float64[np.ndarray, "b 4"]:
        """Of the four coordinates."""
        return self.empty + self.contributions.sum(axis=(1, 2))

    def boxes(self) -> Float64[np.ndarray, "b 4"]:
        """Normalised xyxy, as the model answers."""
        return 1 / (1 + np.exp(-self.logits))

    def moved_right(self, cells: int) -> "ReadOut":
        """With every weight moved so many cells to the right, those of the edge repeated.

        Where the weights are a ruler laid over the picture, every coordinate is now read off
        `cells` further to the left.
        """
        columns = np.clip(np.arange(self.weights.shape[1]) - cells, 0, None)
        return ReadOut(self.weights[:, columns], self.features, self.empty)

    def importance(self) -> Float64[np.ndarray, "c 4"]:
        """How much of a logit's spread over scenes each channel makes: standard deviations."""
        by_channel = np.einsum("bhwc,hwcs->bcs", self.features, self.weights)
        return by_channel.std(axis=0)

    def explained_by(self, axis: int) -> Float64[np.ndarray, "4"]:
        """The share of the weights' variance over the cells that their row or column explains.

        A ruler for x says the same in every row: its columns explain all and its rows nothing. Of
        n columns of weights without any order, columns explain about 1 / (n + 1).

        Args:
            axis: 0 for what rows explain, 1 for what columns do.

        Returns:
            For each coordinate, the mean over channels, weighted by how much they count.
        """
        centred = self.weights - self.weights.mean(axis=(0, 1))
        means = centred.mean(axis=1 - axis)
        whole = (centred**2).mean(axis=(0, 1))  # (c, 4)
        shares = (means**2).mean(axis=0) / np.where(whole > 0, whole, 1)
        importance = self.importance()
        return (shares * importance).sum(axis=0) / importance.sum(axis=0)

    def shares_by_kind(self, boxes: Float64[np.ndarray, "b 4"]) -> Float64[np.ndarray, "kinds 4"]:
        """How much of each logit's variance over the scenes comes from which kind of cell.

        The variance of a sum is the sum of each part's covariance with the whole: the shares of a
        coordinate add up to 1, and one may be negative.

        Args:
            boxes: the truth, normalised xyxy.

        Returns:
            Rows as `KINDS`, and one more for `OUTSIDE`.
        """
        cells = self.weights.shape[0]
        parts = self.contributions
        logits = self.logits
        shares = np.zeros((len(KINDS) + 1, 4))
        for side in range(4):
            kinds = np.stack([_kinds(box, side, cells) for box in boxes])  # (b, h, w)
            whole = logits[:, side] - logits[:, side].mean()
            for kind in range(len(shares)):
                part = np.where(kinds == kind, parts[..., side], 0).sum(axis=(1, 2))
                shares[kind, side] = np.mean((part - part.mean()) * whole) / np.mean(whole**2)
        return shares


def _kinds(box: Sequence[float], side: int, cells: int) -> np.ndarray:
    """Of each cell, (h, w): its kind for a side of the box, as an index into the kinds."""
    edges = np.asarray(box, np.float64) * cells
    first = np.minimum(np.floor(edges[:2]), cells - 1).astype(int)  # column, row
    last = np.clip(np.ceil(edges[2:]) - 1, first, cells - 1).astype(int)
    rows, columns = np.mgrid[:cells, :cells]
    of_column = (columns >= first[0]) & (columns <= last[0])
    of_row = (rows >= first[1]) & (rows <= last[1])
    kinds = np.full((cells, cells), len(KINDS))
    touched = of_column & of_row
    kinds[touched] = 3
    border = (columns == first[0]) | (columns == last[0]) | (rows == first[1]) | (rows == last[1])
    kinds[touched & border] = 2
    place = (first[0], first[1], last[0], last[1])[side]
    across, along = (columns, rows) if side % 2 == 0 else (rows, columns)
    on_side = touched & (across == place)
    kinds[on_side] = 1
    ends = (first[1], last[1]) if side % 2 == 0 else (first[0], last[0])
    kinds[on_side & ((along == ends[0]) | (along == ends[1]))] = 0
    return kinds


def area_by_kind(boxes: Float64[np.ndarray, "b 4"], cells: int) -> Float64[np.ndarray, "kinds 4"]:
    """The share of all cells that is of each kind, as `ReadOut.shares_by_kind` counts them.

    Args:
        boxes: normalised xyxy.
        cells: rows, and columns, of the map.
    """
    areas = np.zeros((len(KINDS) + 1, 4))
    for side in range(4):
        kinds = np.concatenate([_kinds(box, side, cells).ravel() for box in boxes])
        areas[:, side] = np.bincount(kinds, minlength=len(areas)) / len(kinds)
    return areas
