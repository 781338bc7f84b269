"""uvicorn, ended so that no request is lost."""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import uvicorn
from fastapi import FastAPI
from uvicorn.server import HANDLED_SIGNALS

from objloc.serving.http_protocol import LimitedHttpProtocol, http_protocol
from objloc.serving.service import Service

_GRACE = 1.0  # seconds that a silent connection is kept open at the end


class HttpServer(uvicorn.Server):
    """Serves an application until SIGTERM or SIGINT; then `run` returns.

    uvicorn closes connections that are silent at the moment it is told to end, though the client
    may just have sent its next request. Here such a request is still answered, with the word that
    the connection closes; only what is silent for a second more is closed.

    Args:
        app: of `make_app`.
        service: what it answers for.
        access_log: write a line for every request.
        ready: called once requests are taken.
    """

    def __init__(
        self,
        app: FastAPI,
        service: Service,
        *,
        access_log: bool = False,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        config = uvicorn.Config(
            app,
            http=http_protocol(service.limits),
            loop="uvloop" if find_spec("uvloop") else "asyncio",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=access_log,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            # So long a request may take to be sent, and again to be answered.
            timeout_graceful_shutdown=int(2 * service.limits.seconds) + 2,
        )
        super().__init__(config)
        # It tells of every start and end.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        self._service = service
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins, and says so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes no new connections, answers what is on its way, and ends."""
        self._service.stopping = True
        for listener in self.servers:
            listener.close()
        state = self.server_state
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        for connection in list(state.connections):
            if isinstance(connection, LimitedHttpProtocol) and connection.is_answering:
                connection.shutdown()  # it closes when the answer is sent
        end = asyncio.get_running_loop().time() + _GRACE
        while state.connections and not self.force_exit:
            if asyncio.get_running_loop().time() > end:
                break
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ends at a signal, for good: uvicorn would raise it again, and the process end by it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
