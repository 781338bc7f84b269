"""A request's body, read no further than the limits allow."""

import asyncio

from starlette.types import Receive, Scope

from objloc.serving.limits import Limits
from objloc.serving.request_error import RequestError


class ClientGoneError(Exception):
    """The client hung up before it had sent all of its request; there is no one to answer."""


def header(scope: Scope, name: bytes) -> str | None:
    """A request's header by its name in lower case; None where there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


async def read_body(scope: Scope, receive: Receive, limits: Limits) -> bytes:
    """The body of a request; of one that is too large, no more than fits is kept, or nothing.

    Raises:
        RequestError: it is empty, too large, too slow, or compressed.
        ClientGoneError: the client hung up.
    """
    _check_encoding(scope)
    length = header(scope, b"content-length")
    if length is not None and length.isdecimal() and int(length) > limits.body_bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.seconds):
            body = await _receive_all(receive, limits)
    except TimeoutError:
        raise RequestError(
            408,
            "too-slow",
            "Request sent too slowly",
            f"the body was not there after {limits.seconds:g} seconds",
            headers={"Connection": "close"},
        ) from None
    if not body:
        raise RequestError(400, "empty-body", "Empty body", "the request has no body")
    return body


async def _receive_all(receive: Receive, limits: Limits) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message["body"]  # the usual case: all of it came at once
        if len(body) > limits.body_bytes:
            raise _too_large(limits)
        return body
    parts = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        parts += message.get("body", b"")
        if len(parts) > limits.body_bytes:
            raise _too_large(limits)
        if not message.get("more_body", False):
            return bytes(parts)
        message = await receive()


def _check_encoding(scope: Scope) -> None:
    encoding = header(scope, b"content-encoding")
    if encoding is not None and encoding.strip().lower() not in ("", "identity"):
        raise RequestError(
            415,
            "compressed-body",
            "Compressed body",
            f"Content-Encoding: {encoding[:40]} is not read; send the body as it is",
            headers={"Accept-Encoding": "identity"},
        )


def _too_large(limits: Limits) -> RequestError:
    return RequestError(
        413,
        "body-too-large",
        "Body too large",
        f"a request's body may hold {limits.body_bytes} bytes; send fewer or smaller pictures",
    )
