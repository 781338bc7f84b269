"""The filters that look at the pixels themselves, as pictures."""

from dataclasses import dataclass

import keras
import numpy as np
from jaxtyping import Float32, UInt8

from objloc.data.drawing import tile
from objloc.insight.layers.feature_sheet import enlarged
from objloc.insight.layers.layer_paths import layer_paths
from objloc.models import Localizer
from objloc.models.layers import PixelNormalization

_TILE = 48
_FRAME = 3
_GREY = 127.5


@dataclass(frozen=True)
class FirstFilters:
    """The kernel of the first convolution.

    Attributes:
        path: the layer's.
        kernel: (height, width, 3, filters), its inputs in the order red, green, blue.
        order: the filters by size, the one with the largest weights first.
    """

    path: str
    kernel: Float32[np.ndarray, "h w 3 n"]
    order: tuple[int, ...]

    @property
    def strongest(self) -> float:
        """The largest weight by size: what is shown as full colour."""
        return float(np.abs(self.kernel).max(initial=0.0))

    def picture(self, most: int = 64) -> UInt8[np.ndarray, "_h _w 3"]:
        """The first `most` filters of `order`, row by row: grey is 0, all on one scale.

        What is brighter than grey adds to the answer where the picture is bright, in that colour;
        what is darker takes from it.
        """
        shown = self.kernel[..., list(self.order[:most])]
        scale = self.strongest or 1.0
        levels = np.rint(_GREY + _GREY * shown / scale).astype(np.uint8)  # (h, w, 3, n)
        frame = ((_FRAME, _FRAME), (_FRAME, _FRAME), (0, 0))  # black: between them isn't 0
        tiles = [
            np.pad(enlarged(levels[..., index], _TILE), frame) for index in range(levels.shape[-1])
        ]
        return tile(tiles, columns=int(np.ceil(np.sqrt(len(tiles)))), gap=0)


def first_filters(localizer: Localizer) -> FirstFilters | None:
    """The backbone's first `Conv2D`; None where none reads three colours.

    Where the pixels are normalised in the manner of Caffe, blue comes first; here it is put last.
    """
    layers = layer_paths(localizer)
    reversed_colours = any(
        isinstance(layer, PixelNormalization) and layer.mode == "caffe" for layer in layers.values()
    )
    for path, layer in layers.items():
        if isinstance(layer, keras.layers.Conv2D):
            kernel = np.asarray(keras.ops.convert_to_numpy(layer.kernel), np.float32)
            if kernel.shape[2] != 3:
                return None
            kernel = kernel[:, :, ::-1] if reversed_colours else kernel
            norms = np.sqrt((kernel**2).sum(axis=(0, 1, 2)))
            order = tuple(int(index) for index in np.argsort(-norms, kind="stable"))
            return FirstFilters(path, kernel, order)
    return None
