"""Grad-CAM: feature maps weighted by their mean gradient."""

import numpy as np
from jaxtyping import Float32

from objloc.insight.maps.activation_map import ActivationMap, Cells


class GradCam(ActivationMap):
    """Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks", section 3.

    A channel's weight is the mean of the gradient over all places (equation 1); the map is what is
    positive of the weighted sum (equation 2). In a head that reads cell by cell the gradient is
    zero but around one cell: its mean has lost that place, so that the map shows all objects and
    more. `HiResCam` keeps it.

    Args:
        stride: of the feature map, see `ActivationMap`.
    """

    name = "grad_cam"
    title = "Grad-CAM"
    source = "Selvaraju et al. 2017"
    about = (
        "What the channels respond to that raise the number on average. The average is over the "
        "whole picture: what is of the same look elsewhere lights up too, and nothing tells one "
        "side of a box from another."
    )

    def weighted(self, activation: Cells, gradient: Cells) -> Float32[np.ndarray, "h w"]:
        """Equations 1 and 2."""
        return np.maximum(activation @ gradient.mean(axis=(0, 1)), 0)
