"""What is wrong with a request, as its sender is told it: RFC 9457's problem documents."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem(Exception):
    """A request that is not answered; the HTTP layer makes a problem document of it.

    Attributes:
        status: HTTP's, 4xx, or 503 where the service ends or has no model yet.
        kind: short and stable, for programs: `picture-too-large`.
        title: the same for every problem of the kind.
        detail: what is wrong with this very request and what would be right; nothing of the
            service's own files or code.
        retry_after: seconds after which to try again; None where trying again would not help.
    """

    status: int
    kind: str
    title: str
    detail: str
    retry_after: int | None = None

    def __str__(self) -> str:
        return self.detail
