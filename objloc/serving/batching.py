"""How pictures of many requests are put together for the model."""

from dataclasses import dataclass

from objloc.errors import ConfigError


@dataclass(frozen=True)
class Batching:
    """What a service's workers do.

    Attributes:
        workers: threads that decode pictures and ask the model; None for one per core.
        max_batch: pictures that the model looks at at once, at most; what waits is taken, nobody
            waits for a batch to fill up.
        max_delay_ms: unless this is more than 0: so long a decoded picture waits for others.
    """

    workers: int | None = None
    max_batch: int = 8
    max_delay_ms: float = 0.0

    def __post_init__(self) -> None:
        """Raises ConfigError where nothing would ever be answered."""
        if self.max_batch < 1 or (self.workers is not None and self.workers < 1):
            raise ConfigError(
                f"batching.max_batch={self.max_batch} batching.workers={self.workers}: "
                "both must be at least 1"
            )
