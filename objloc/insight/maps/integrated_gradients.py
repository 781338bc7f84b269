"""Integrated gradients: what each pixel adds on the way from an empty picture to this one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from objloc.errors import ConfigError
from objloc.insight.maps.fill import Fill, check_fill, filled
from objloc.insight.maps.method import GradientMethod, supporting
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import SIDES, Quantity, Subject

if TYPE_CHECKING:
    from objloc.models import Localizer


@dataclass(frozen=True)
class Attribution:
    """How a number's change is shared out among the pixels.

    Attributes:
        values: signed; each colour of a pixel has its own. Their sum is `end` - `start`, but for
            the error of taking steps.
        start: the number for the baseline.
        end: the number for the picture.
    """

    values: Float32[np.ndarray, "s s 3"]
    start: float
    end: float

    @property
    def total(self) -> float:
        """The sum of `values`."""
        return float(self.values.sum(dtype=np.float64))

    @property
    def completeness_error(self) -> float:
        """How far `total` is from `end` - `start`, as the method's axiom wants it; in its unit."""
        return abs(self.total - (self.end - self.start))


class IntegratedGradients(GradientMethod):
    """Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks", section 3.

    The gradient, averaged along the straight line from a baseline to the picture, times their
    difference. What pixels get adds up to the difference of the model's answers (completeness); how
    well it does is the map's note. A pixel that looks as in the baseline gets nothing, whatever it
    means to the model: with a black one the background of white boxes on black stays dark.
    Measured as mass inside the object's box, sides of objects on photographs: baseline blur .87,
    mean .79, black .53, white .54.

    Args:
        baseline: `black`, `white`, `mean` (the picture's mean colour) or `blur` (no forms left).
        steps: places along the line, at the middles of equal parts.
        batch_size: so many of them at once.
    """

    name = "integrated_gradients"
    title = "Integrated gradients"
    source = "Sundararajan et al. 2017"
    about = "These pixels, brought back from the baseline, raise the number."

    def __init__(self, baseline: Fill = "blur", steps: int = 32, batch_size: int = 32) -> None:
        check_fill(f"{self.name}: baseline", baseline)
        if steps < 1 or batch_size < 1:
            raise ConfigError(
                f"{self.name}: steps={steps}, batch_size={batch_size}: both must be at least 1"
            )
        self.baseline: Fill = baseline
        self.steps = steps
        self.batch_size = batch_size

    def __call__(self, localizer: "Localizer", subject: Subject, quantity: Quantity) -> SaliencyMap:
        """The map of one number: what raises a logit; for a side, what moves it either way."""
        found = self.attribution(localizer, subject, quantity)
        values = supporting(found.values.sum(axis=-1), quantity)
        unit, factor = (" px", subject.image.shape[0]) if quantity in SIDES else ("", 1)
        note = (
            f"attributions add up to {found.total * factor:+.2f}{unit}, the answers differ by "
            f"{(found.end - found.start) * factor:+.2f}{unit}"
        )
        return SaliencyMap(values, self.name, quantity, note)

    def attribution(
        self, localizer: "Localizer", subject: Subject, quantity: Quantity
    ) -> Attribution:
        """The signed numbers behind the map."""
        from objloc.insight.gradients import input_gradients

        image = subject.image.astype(np.float32)
        start = filled(subject.image, self.baseline)
        shares = ((np.arange(self.steps) + 0.5) / self.steps).astype(np.float32)
        total = np.zeros(image.shape, np.float64)
        for first in range(0, self.steps, self.batch_size):
            share = shares[first : first + self.batch_size, None, None, None]
            _, gradients = input_gradients(
                localizer,
                start + share * (image - start),
                quantity,
                subject.candidate,
                subject.label,
            )
            total += gradients.sum(axis=0, dtype=np.float64)
        ends, _ = input_gradients(
            localizer, np.stack([start, image]), quantity, subject.candidate, subject.label
        )
        values = ((image - start) * total / self.steps).astype(np.float32)
        return Attribution(values, float(ends[0]), float(ends[1]))
