"""HiResCAM: feature maps times their gradient, place by place."""

import numpy as np
from jaxtyping import Float32

from objloc.insight.maps.activation_map import ActivationMap, Cells


class HiResCam(ActivationMap):
    """Draelos and Carin 2020, "Use HiResCAM instead of Grad-CAM", section 3.2.

    What is positive of the sum over channels of activation × gradient. Where what follows the
    feature map is linear, these are the very contributions of its places; nothing is averaged over
    places. Zhao and Chan 2023, "ODAM: Gradient-based Instance-specific Visual Explanations for
    Object Detection", do the same for the class and for each coordinate of a detector's box.

    Args:
        stride: of the feature map, see `ActivationMap`.
    """

    name = "hires_cam"
    title = "HiResCAM"
    source = "Draelos and Carin 2020; for boxes: ODAM, Zhao and Chan 2023"
    about = "What is here, as the head reads it at this very place, adds to the number."

    def weighted(self, activation: Cells, gradient: Cells) -> Float32[np.ndarray, "h w"]:
        """The element-wise product, summed over channels."""
        return np.maximum((activation * gradient).sum(axis=-1), 0)
