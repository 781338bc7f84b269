"""How maps are checked."""

from collections.abc import Sequence
from dataclasses import dataclass

from objloc.errors import ConfigError
from objloc.insight.subject import QUANTITIES, Quantity


@dataclass(frozen=True)
class Trust:
    """The checks' extent.

    Attributes:
        steps: of a deletion or insertion curve.
        sanity_examples: on so many pictures maps are compared with those of randomised models.
        sanity_quantities: maps of these numbers are: one logit, one side by default, for time.
        seed: of the randomised weights and of maps that mean nothing.
    """

    steps: int = 12
    sanity_examples: int = 2
    sanity_quantities: Sequence[Quantity] = ("objectness", "left")
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises ConfigError where a value has no meaning."""
        if self.steps < 2:
            raise ConfigError(f"trust: steps={self.steps}: a curve needs at least 2")
        if self.sanity_examples < 0:
            raise ConfigError(
                f"trust: sanity_examples={self.sanity_examples}: it must not be negative"
            )
        for name in self.sanity_quantities:
            if name not in QUANTITIES:
                raise ConfigError(
                    f"trust: sanity_quantities: {name} is none of {', '.join(QUANTITIES)}"
                )
