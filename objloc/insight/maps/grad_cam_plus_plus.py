"""Grad-CAM++: feature maps weighted by their positive gradients, place by place."""

import numpy as np
from jaxtyping import Float32

from objloc.insight.maps.activation_map import ActivationMap, Cells


class GradCamPlusPlus(ActivationMap):
    """Chattopadhay et al. 2018, "Grad-CAM++: Generalized Gradient-based Visual Explanations".

    A channel's weight is the sum, over places, of alpha × what is positive of the gradient
    (equation 5). The paper's alpha (equation 10) holds second and third derivatives; explaining
    exp(S) in place of the number S, and taking S as linear in the feature map between the kinks of
    ReLUs, they are powers of its gradient g (equations 13 to 15), and exp(S) cancels::

        alpha = g² / (2 g² + (sum of the channel's activations) × g³)

    Alpha is meant for class scores. It depends on the number's unit, which for a box's side is the
    picture's side: there alpha is close to ½, and the map close to one of Grad-CAM's.

    Args:
        stride: of the feature map, see `ActivationMap`.
    """

    name = "grad_cam_plus_plus"
    title = "Grad-CAM++"
    source = "Chattopadhay et al. 2018"
    about = (
        "As Grad-CAM, but a channel counts by the places where it raises the number alone, so that "
        "several small parts don't cancel out."
    )

    def weighted(self, activation: Cells, gradient: Cells) -> Float32[np.ndarray, "h w"]:
        """Equations 5, 13 to 15 and 19."""
        squares = gradient**2
        divisor = 2 * squares + activation.sum(axis=(0, 1)) * gradient**3
        # Where the divisor is no positive number, the paper's closed form has no meaning.
        alpha = np.divide(squares, divisor, out=np.zeros_like(squares), where=divisor > 0)
        weights = (alpha * np.maximum(gradient, 0)).sum(axis=(0, 1))
        return np.maximum(activation @ weights, 0)
