"""A key that clients must send, if the service was given one."""

import hmac

from starlette.types import ASGIApp, Receive, Scope, Send

from objloc.serving.problems import problem_response
from objloc.serving.request_body import header
from objloc.serving.request_error import RequestError

_OPEN = frozenset({"/", "/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"})
_OPEN_FOLDER = "/page/"


class ApiKey:
    """Lets requests with the key pass; an ASGI application around another one.

    The page's files and the answers to "are you there?" need none.

    Args:
        app: answers those that pass.
        api_key: what they have to send, as `Authorization: Bearer KEY` or `X-API-Key: KEY`.
    """

    def __init__(self, app: ASGIApp, api_key: str) -> None:
        self._app = app
        self._key = api_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or refuses it."""
        if scope["type"] != "http" or self._may_pass(scope):
            await self._app(scope, receive, send)
            return
        refused = RequestError(
            401,
            "no-api-key",
            "API key missing or wrong",
            "send the service's key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'",
            headers={"WWW-Authenticate": "Bearer"},
        )
        await problem_response(scope, refused)(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        path = scope["path"]
        if path in _OPEN or path.startswith(_OPEN_FOLDER):
            return True
        sent = header(scope, b"x-api-key")
        if sent is None:
            scheme, _, sent = (header(scope, b"authorization") or "").partition(" ")
            if scheme.lower() != "bearer":
                return False
        # In constant time: how much of the key was right is not to be measured.
        return hmac.compare_digest(sent.strip().encode("latin-1"), self._key)
