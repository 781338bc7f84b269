"""What class activation maps have in common: weighted feature maps, enlarged to the picture."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

import cv2
import numpy as np
from jaxtyping import Float32

from objloc.errors import ConfigError
from objloc.insight.maps.method import GradientMethod
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import SIDES, Quantity, Subject

if TYPE_CHECKING:
    from objloc.insight.gradients import FeatureGradient
    from objloc.models import Localizer

Cells = Float32[np.ndarray, "h w c"]

_FINEST = 4
"""Stride: finer maps show edges, wherever they are."""


class ActivationMap(GradientMethod):
    """A weighted sum of a feature map's channels, of which only what is positive is kept.

    That of a box's side is the sum of two maps, one for each direction in which the side may be
    moved: whether a contribution is positive has no meaning there.

    Args:
        stride: of the feature map of the backbone that is read. None takes the finest of those that
            the number depends on, but none finer than 4. Papers take the coarsest, the "last
            convolution" of a classifier; but what a head reads off a coarse map has lost its place.
            Measured as HiResCAM's mass inside the object's box, with that of the next coarser maps:
            a box's side .75 at stride 4, .68 at 8, .53 at 16, .45 at 32, and class .94 at stride 8,
            .90 at 16, .52 at 32 (soft_argmax head, objects on photographs); sides .64 at stride 4,
            .47 at 8, .24 at 16 (grid head, white boxes).

    Raises:
        ConfigError: when called, the backbone has no map of this stride.
    """

    def __init__(self, stride: int | None = None) -> None:
        self.stride = stride

    def __call__(self, localizer: "Localizer", subject: Subject, quantity: Quantity) -> SaliencyMap:
        """The map of one number; empty where it doesn't depend on the feature map."""
        from objloc.insight.gradients import feature_gradients

        images = subject.image[None].astype(np.float32)
        found = {
            stride: one[0]
            for stride, one in feature_gradients(
                localizer, images, quantity, subject.candidate, subject.label
            ).items()
        }
        return self.of_features(found, subject, quantity)

    def of_features(
        self, found: "Mapping[int, FeatureGradient]", subject: Subject, quantity: Quantity
    ) -> SaliencyMap:
        """The map, where the feature maps and their gradients are known by stride already."""
        stride = self._stride_of(found)
        side = subject.image.shape[0]
        if stride is None:
            return SaliencyMap(
                np.zeros((side, side), np.float32), self.name, quantity, "it depends on no pixel"
            )
        one = found[stride]
        cells = self.weighted(one.activation, one.gradient)
        if quantity in SIDES:
            cells = cells + self.weighted(one.activation, -one.gradient)
        # The cells of a map share the whole picture.
        values = cv2.resize(cells, (side, side), interpolation=cv2.INTER_LINEAR)
        return SaliencyMap(values.astype(np.float32), self.name, quantity, f"stride {stride}")

    @abstractmethod
    def weighted(self, activation: Cells, gradient: Cells) -> Float32[np.ndarray, "h w"]:
        """The map, not negative, of a feature map's values and the number's gradient with them."""

    def _stride_of(self, found: "Mapping[int, FeatureGradient]") -> int | None:
        """The map to read; None where the number depends on none."""
        if self.stride is not None:
            if self.stride not in found:
                raise ConfigError(
                    f"{self.name}: stride={self.stride}: the backbone has feature maps of stride "
                    f"{', '.join(map(str, found))}; name one of them, or null"
                )
            return self.stride
        read = [stride for stride, one in found.items() if np.any(one.gradient)]
        return min(read, key=lambda stride: (stride < _FINEST, stride), default=None)
