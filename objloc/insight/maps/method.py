"""The two kinds of methods: those that take gradients, and those that only ask."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from jaxtyping import Float

from objloc.evaluation import Predictor
from objloc.insight.saliency_map import SaliencyMap
from objloc.insight.subject import SIDES, Quantity, Subject

if TYPE_CHECKING:
    from objloc.models import Localizer


class Method(ABC):
    """What both kinds have.

    Attributes:
        name: in tables and files.
        title: for people, as its paper calls it.
        source: that paper.
        about: in a sentence, what a bright place of its maps means.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    about: ClassVar[str]


class GradientMethod(Method):
    """Explains one number of an answer by gradients: for a Keras model, whose inside is at hand."""

    @abstractmethod
    def __call__(self, localizer: "Localizer", subject: Subject, quantity: Quantity) -> SaliencyMap:
        """The map of one number of the subject's candidate."""


class BlackBoxMethod(Method):
    """Explains a detection as a whole by asking about changed pictures: for any model."""

    @abstractmethod
    def __call__(self, predictor: Predictor, subject: Subject) -> SaliencyMap:
        """The map of the detection; its quantity is `DETECTION`."""


DETECTION: Final = "detection"
"""The quantity of a map that explains box, class and score together."""


def supporting(
    values: Float[np.ndarray, "*shape"], quantity: Quantity
) -> Float[np.ndarray, "*shape"]:
    """What of signed contributions counts for a quantity.

    Of a logit, what raises it. Of a box's side, all: it may be moved either way, and what holds it
    from the right says as much about its place as what holds it from the left.
    """
    return np.abs(values) if quantity in SIDES else np.maximum(values, 0)
