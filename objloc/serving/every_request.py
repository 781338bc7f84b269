"""What holds for every request: it has an id, is counted and measured, and is always answered."""

import logging
import random
import re
import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from objloc.serving.problems import problem_response
from objloc.serving.request_body import ClientGoneError, header
from objloc.serving.request_error import RequestError

_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_CLIENT_GONE = 499  # as nginx counts requests whose clients hung up
_logger = logging.getLogger(__name__)


class EveryRequest:
    """The outermost layer; an ASGI application around the others.

    Args:
        app: what answers.
        registry: takes the numbers of requests.
    """

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._count = Counter(
            "objloc_http_requests",
            "Requests that were answered, by method, route and status",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "objloc_http_request_seconds",
            "From a request's headers to the end of its answer, by route",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Has the request answered, come what may."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        sent = header(scope, b"x-request-id")
        request_id = sent if sent and _ID.fullmatch(sent) else f"{random.getrandbits(64):016x}"
        scope["request_id"] = request_id
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    _NOSNIFF,
                ]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except ClientGoneError:
            status = _CLIENT_GONE
        except Exception:
            _logger.exception("request %s: %s %r", request_id, scope["method"], scope["path"])
            if status:
                raise  # the answer had begun; the server ends the connection
            await problem_response(scope, _internal(request_id))(scope, receive, send_on)
        finally:
            self._measure(scope, status, time.perf_counter() - started)

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        # Known by its pattern: a number for each path that a client makes up would fill the memory.
        route = getattr(scope.get("route"), "path", "unknown")
        key = (scope["method"], route, status)
        child = self._children.get(key)
        if child is None:
            child = self._count.labels(key[0], route, status), self._seconds.labels(route)
            self._children[key] = child
        child[0].inc()
        child[1].observe(seconds)


def _internal(request_id: str) -> RequestError:
    return RequestError(
        500,
        "internal",
        "Internal error",
        f"the service failed; its log tells more of request {request_id}",
    )
