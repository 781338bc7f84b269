"""What is stored with a model, beside the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import UInt8


@dataclass(frozen=True)
class AboutModel:
    """What a run knows of its model.

    Attributes:
        config: the run's composed config; None to store none.
        metrics: what was measured of the model, `<split>/<metric>`.
        examples: pictures to try it on, RGB.
    """

    config: Mapping[str, object] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    examples: Sequence[UInt8[np.ndarray, "_h _w 3"]] = ()
