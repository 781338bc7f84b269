"""The service's application in a real server, in a thread of the tests' process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from objloc.serving.app import make_app
from objloc.serving.batching import Batching
from objloc.serving.http_protocol import http_protocol
from objloc.serving.limits import Limits
from objloc.serving.model_file import ModelFile
from objloc.serving.service import Service

STRICT = Limits(body_bytes=200_000, seconds=0.4)
"""Limits that are soon reached."""


@contextmanager
def running_server(
    model_file: Path, *, limits: Limits | None = None, api_key: str | None = None
) -> Iterator[str]:
    """The address of a service that answers with this model until the block ends."""
    limits = limits or Limits()
    service = Service(ModelFile(model_file, "colours"), limits, Batching(workers=2), threads=1)
    config = uvicorn.Config(
        make_app(service, api_key=api_key),
        http=http_protocol(limits),
        ws="none",
        log_config=None,
        lifespan="on",
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            # Connections wait in the socket's queue until the service has opened its model.
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
