"""Problem documents (RFC 9457): how a client is told why its request is not answered."""

from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from objloc.serving.documents import Problem
from objloc.serving.request_error import RequestError

MEDIA_TYPE = "application/problem+json"


def problem(error: RequestError, request_id: str | None = None, kserve: bool = False) -> bytes:
    """The document for a request's error.

    Args:
        error: what is wrong.
        request_id: by which the request is found in the service's log.
        kserve: say it in `error`, too, where clients of KServe's protocol look for it.
    """
    return msgspec.json.encode(
        Problem(
            type=f"/problems/{error.kind}",
            title=error.title,
            status=error.status,
            detail=error.detail,
            request_id=msgspec.UNSET if request_id is None else request_id,
            error=error.detail if kserve else msgspec.UNSET,
        )
    )


def problem_response(scope: Scope, error: RequestError) -> Response:
    """The answer to a request that has an error."""
    headers = dict(error.headers)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    body = problem(error, scope.get("request_id"), kserve=_is_kserve(scope["path"]))
    return Response(body, error.status, headers, MEDIA_TYPE)


async def answer_request_error(request: Request, error: Exception) -> Response:
    """Answers what a route refuses."""
    assert isinstance(error, RequestError)
    return problem_response(request.scope, error)


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answers what the router refuses: unknown routes and wrong methods."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    allowed = headers.get("Allow", "")
    if error.status_code == HTTPStatus.NOT_FOUND:
        refused = RequestError(
            404, "not-found", "Not found", "nothing is served here; /openapi.json tells what is"
        )
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not served here, but {allowed}"
        refused = RequestError(405, "method-not-allowed", "Method not allowed", detail)
    else:
        title = HTTPStatus(error.status_code).phrase
        refused = RequestError(error.status_code, "http", title, str(error.detail))
    refused.headers.update(headers)
    return problem_response(request.scope, refused)


def _is_kserve(path: str) -> bool:
    """True for the paths of KServe's protocol."""
    return path == "/v2" or path.startswith("/v2/")
