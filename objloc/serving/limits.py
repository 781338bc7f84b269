"""How much a service takes on: of one request, and altogether."""

from dataclasses import dataclass

from objloc.errors import ConfigError


@dataclass(frozen=True)
class Limits:
    """What is refused before any work is put into it.

    Attributes:
        body_bytes: of a request's body.
        header_bytes: of a request's line and headers.
        pictures: in one request.
        pixels: of one picture, by what its file says before it is decoded.
        seconds: that a client may take to send its request, and the service to answer it.
        waiting: pictures that may wait for the model, of all requests together; with more than
            that, requests are refused (429) rather than kept.
    """

    body_bytes: int = 20_000_000
    header_bytes: int = 16_384
    pictures: int = 16
    pixels: int = 50_000_000
    seconds: float = 30.0
    waiting: int = 256

    def __post_init__(self) -> None:
        """Raises ConfigError where a limit would let nothing through."""
        for name, value in vars(self).items():
            if value <= 0:
                raise ConfigError(f"limits.{name}={value}: it must be more than 0")
