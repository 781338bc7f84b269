"""uvicorn's HTTP protocol with limits that it does not have: on headers, and on slow clients."""

import asyncio
from functools import partial
from typing import Any, Literal, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from objloc.serving.gentle_transport import GentleTransport
from objloc.serving.limits import Limits
from objloc.serving.problems import MEDIA_TYPE, problem
from objloc.serving.request_error import RequestError

_DISCARDED = 10
"""Times a body's limit: so much of a body that was refused is read, and forgotten, before the
client is cut off; those that send on would not get to read why otherwise."""

_CHUNK_FRAME = 128  # bytes that a chunk may take for its length, extensions and line breaks


def http_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """What `uvicorn.Config(http=…)` takes."""
    return cast(type[asyncio.Protocol], partial(LimitedHttpProtocol, limits))


class LimitedHttpProtocol(HttpToolsProtocol):
    """One connection: refuses what is no HTTP, too large or too slow before the application runs.

    Args:
        limits: of them `header_bytes`, `body_bytes` and `seconds`.
        arguments: uvicorn's.
    """

    def __init__(self, limits: Limits, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._limits = limits
        self._reading: Literal["nothing", "head", "body"] = "nothing"  # of a request
        self._head_bytes = 0
        self._body_bytes = 0
        self._beside_bytes = 0  # behind the headers: no content, and more than chunks need
        self._discarded_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._refusal: RequestError | None = None
        self._gentle: GentleTransport

    @property
    def is_answering(self) -> bool:
        """Whether a request has come whose answer is not all written."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there; it has to say something in time."""
        self._gentle = GentleTransport(
            cast(asyncio.Transport, transport),  # a stream's, as asyncio's base class does not say
            lambda: self._reading != "nothing",
            self.loop,
            self._limits.seconds,
        )
        super().connection_made(cast(asyncio.Transport, self._gentle))
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._lift_deadline()
        self._gentle.keep()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on."""
        if self._gentle.is_lingering:
            self._discard(len(data))
            return
        if self._reading == "body":
            self._beside_bytes += len(data)
        else:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._gentle.is_closing():
            return
        if self._reading == "body":
            self._beside_bytes = max(0, self._beside_bytes)
            if self._beside_bytes > self._limits.header_bytes:
                self._refuse_trailers()
        elif self._reading == "head" and self._head_bytes > self._limits.header_bytes:
            self._refuse(self._headers_too_large())
        elif self._reading == "head" or not self.is_answering:
            self._set_deadline()  # headers that come in pieces, or line breaks and no request

    def on_message_begin(self) -> None:
        """A request begins."""
        self._reading = "head"
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. What is sent behind a body is none: the application has read them by then."""
        if self._reading == "head":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are there: the application is called."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._limits.header_bytes:
            self._refusal = self._headers_too_large()
            raise self._refusal  # the parser ends with it, and uvicorn calls `send_400_response`
        super().on_headers_complete()
        self._reading = "body"
        self._body_bytes = self._beside_bytes = self._discarded_bytes = 0
        self._lift_deadline()

    def on_chunk_header(self) -> None:
        """A piece of a body is about to come that tells its length."""
        self._beside_bytes -= _CHUNK_FRAME

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        self._body_bytes += len(body)
        self._beside_bytes -= len(body)
        if self.cycle.response_complete:
            self._discard(len(body))
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All of a request is there."""
        self._reading = "nothing"
        self._head_bytes = 0
        self._lift_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """A request is answered; perhaps before all of it was there."""
        if self._reading == "body" and self.cycle.response_complete:
            if self.expect_100_continue and not self._body_bytes:
                self._gentle.may_linger = False
                self.transport.close()  # the client may send the body or not: one cannot tell
            else:
                self._set_deadline()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read what it is sent."""
        self._gentle.cut_off_later()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It does, again; which buys it no time once the connection is to be closed."""
        if not self._gentle.is_closing():
            self._gentle.keep()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answers what the parser does not understand, or `on_headers_complete` refuses."""
        refusal, self._refusal = self._refusal, None
        self._refuse(
            refusal
            or RequestError(400, "malformed-http", "Malformed HTTP", "this is no HTTP/1.1 request")
        )

    def shutdown(self) -> None:
        """The server ends: who is being answered gets the answer, and is not waited for longer."""
        self._gentle.may_linger = False
        if self._gentle.is_lingering:
            self._gentle.abort()
        else:
            super().shutdown()

    def _refuse(self, error: RequestError) -> None:
        """Answers in the application's place, and ends the connection."""
        self._lift_deadline()
        if self.is_answering:
            if not self.cycle.more_body:
                # An earlier request is being answered; that one still is, this one no more.
                self.cycle.keep_alive = False
                self.flow.pause_reading()
                return
            self.cycle.disconnected = True  # the body went wrong of a request that was passed on
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.close()
                return
        body = problem(error)
        lines = [STATUS_LINE[error.status]]
        for name, value in (
            *self.server_state.default_headers,
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ):
            lines += [name, b": ", value, b"\r\n"]
        self.transport.write(b"".join([*lines, b"\r\n", body]))
        self._gentle.linger()

    def _refuse_trailers(self) -> None:
        if self.pipeline:
            self._gentle.abort()  # an earlier request's answer has to come first
        elif self.is_answering:
            self._refuse(self._headers_too_large())
        else:
            self._gentle.linger()  # it is answered: another answer would be the next request's

    def _headers_too_large(self) -> RequestError:
        return RequestError(
            431,
            "headers-too-large",
            "Headers too large",
            f"a request's line and headers may hold {self._limits.header_bytes} bytes, and so may "
            "its trailers",
        )

    def _discard(self, count: int) -> None:
        self._discarded_bytes += count
        if self._discarded_bytes > _DISCARDED * self._limits.body_bytes:
            self._gentle.abort()

    def _set_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._limits.seconds, self._too_slow)

    def _lift_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self._reading == "head" and not self._gentle.is_closing():
            detail = f"the headers were not there after {self._limits.seconds:g} seconds"
            self._refuse(RequestError(408, "too-slow", "Request sent too slowly", detail))
        else:
            self._gentle.abort()
