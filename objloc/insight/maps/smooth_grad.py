"""SmoothGrad: the gradient's strength, averaged over noisy copies of the picture."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from objloc.errors import ConfigError
from objloc.insight.maps.method import GradientMethod
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import Quantity, Subject

if TYPE_CHECKING:
    from objloc.models import Localizer


class SmoothGrad(GradientMethod):
    """Smilkov et al. 2017, "SmoothGrad: removing noise by adding noise", section 3.

    Says where a small change of a pixel changes the number, not what the number is made of: a
    pixel's sign has no meaning here, so its strength is taken. `squared` averages squares (Hooker
    et al. 2019, "A Benchmark for Interpretability Methods", section 4, "SmoothGrad-Squared"), which
    leaves less of the noise between the places that matter.

    Args:
        noise: standard deviation, as a share of the picture's range of values. The paper advises .1
            to .2; measured on sides of objects on photographs, their box and 8 px around it hold
            .96 of the map with .05, .82 with .15 and .56 with .3.
        samples: noisy copies.
        strength: of a pixel's gradients: `squared` or `absolute`, summed over colours.
        batch_size: so many copies at once.
        seed: of the noise.
    """

    name = "smooth_grad"
    title = "SmoothGrad"
    source = "Smilkov et al. 2017"
    about = "A small change of these pixels changes the number, up or down."

    def __init__(
        self,
        noise: int | float = 0.05,
        samples: int = 16,
        strength: Literal["squared", "absolute"] = "squared",
        batch_size: int = 32,
        seed: int = 0,
    ) -> None:
        if strength not in ("squared", "absolute"):
            raise ConfigError(f"{self.name}: strength={strength}: it is squared or absolute")
        if noise < 0 or samples < 1 or batch_size < 1:
            raise ConfigError(
                f"{self.name}: noise={noise} must not be negative, samples={samples} and "
                f"batch_size={batch_size} at least 1"
            )
        self.noise = noise
        self.samples = samples
        self.strength = strength
        self.batch_size = batch_size
        self.seed = seed

    def __call__(self, localizer: "Localizer", subject: Subject, quantity: Quantity) -> SaliencyMap:
        """The map of one number."""
        from objloc.insight.gradients import input_gradients

        image = subject.image.astype(np.float32)
        rng = np.random.default_rng(self.seed)
        deviation = self.noise * float(image.max() - image.min())
        total = np.zeros(image.shape[:2], np.float64)
        for first in range(0, self.samples, self.batch_size):
            count = min(self.batch_size, self.samples - first)
            noise = rng.standard_normal((count, *image.shape), np.float32)
            _, gradients = input_gradients(
                localizer, image + deviation * noise, quantity, subject.candidate, subject.label
            )
            strength = gradients**2 if self.strength == "squared" else np.abs(gradients)
            total += strength.sum(axis=(0, 3), dtype=np.float64)
        values = (total / self.samples).astype(np.float32)
        return SaliencyMap(values, self.name, quantity)
