"""What is wrong with a request; its sender is told so in a problem document (RFC 9457)."""

from collections.abc import Mapping


class RequestError(Exception):
    """A request that is not answered.

    Attributes:
        status: HTTP's, 4xx; 503 where the service ends or has no model yet; 500 where it failed.
        kind: short and stable, for programs: `picture-too-large`.
        title: the same for every error of the kind.
        detail: what is wrong with this very request and what would be right; nothing of the
            service's own files or code.
        retry_after: seconds after which to try again; None where trying again would not help.
        headers: what else HTTP wants to be said with the status: `Allow`, `WWW-Authenticate`.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.retry_after = retry_after
        self.headers = dict(headers or {})
