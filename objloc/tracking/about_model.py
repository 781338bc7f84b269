"""What is stored with a model, beside the model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class AboutModel:
    """What a run knows of its model.

    Attributes:
        config: the run's composed config; None to store none.
        metrics: what was measured of the model, `<split>/<metric>`.
        write_examples: called with a folder, writes pictures there to try it on; None for none.
    """

    config: Mapping[str, object] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    write_examples: Callable[[Path], object] | None = None
