"""Clients that ask an HTTP service as fast as it answers; a process of its own.

python -m experiments.serving.load http://127.0.0.1:8000/v1/predict bodies/ --clients 8 --seconds 10
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import numpy as np
import uvloop


@dataclass(frozen=True)
class Load:
    """What came of it.

    Attributes:
        clients: connections, each of which asks again as soon as it has its answer.
        requests: answered with 200 in the time that counts.
        errors: answered with anything else, or not.
        seconds: the time that counts.
        p50: median latency in milliseconds.
        p99: the latency in milliseconds that one request in a hundred exceeds.
    """

    clients: int
    requests: int
    errors: int
    seconds: float
    p50: float
    p99: float

    @property
    def throughput(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


class Client(asyncio.Protocol):
    """One connection; sends the next request when the answer to the last is complete.

    It understands no more of HTTP than the services measured here speak, so that it takes as
    little as possible of the cores that it shares with them.
    """

    def __init__(self, requests: Sequence[bytes], start: int) -> None:
        self.requests = requests
        self.next = start
        self.sent: list[float] = []
        self.answered: list[tuple[float, float]] = []  # when, after how many seconds
        self.errors = 0
        self.ended = asyncio.get_running_loop().create_future()
        self.stopping = False
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the first request."""
        self.transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Takes a part of an answer; after the last part it asks again."""
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        place = head.index(b"content-length:") + len(b"content-length:")
        length = int(head[place:].partition(b"\r\n")[0])
        if len(self._buffer) < head_end + 4 + length:
            return
        now = time.perf_counter()
        if self._buffer.startswith(b"HTTP/1.1 200"):
            self.answered.append((now, now - self._begun))
        else:
            self.errors += 1
        self._buffer = b""
        if self.stopping:
            self.transport.close()
        else:
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        """Counts an answer that will not come."""
        if not self.stopping:
            self.errors += 1
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        self._begun = time.perf_counter()
        self.transport.write(self.requests[self.next % len(self.requests)])
        self.next += 1


async def load(url: str, requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    """Asks for so many seconds, after a warm-up that doesn't count."""
    loop = asyncio.get_running_loop()
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    connections = [
        (
            await loop.create_connection(
                lambda start=index: Client(requests, 7 * start),
                host,
                port,
            )
        )[1]
        for index in range(clients)
    ]
    await asyncio.sleep(min(2.0, seconds))
    begun = time.perf_counter()
    await asyncio.sleep(seconds)
    ended = time.perf_counter()
    for one in connections:
        one.stopping = True
    await asyncio.wait([one.ended for one in connections], timeout=60)
    latencies = [
        1000 * took for one in connections for when, took in one.answered if begun <= when <= ended
    ]
    p50, p99 = np.percentile(latencies, [50, 99]) if latencies else (float("nan"),) * 2
    errors = sum(one.errors + (not one.ended.done()) for one in connections)
    return Load(clients, len(latencies), errors, ended - begun, float(p50), float(p99))


def prepared(url: str, body: bytes, media_type: str) -> bytes:
    """A request, ready to be sent."""
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask, and print what came of it as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("bodies", type=Path, help="folder of files, each the body of a request")
    parser.add_argument("--type", default="image/jpeg", help="their Content-Type")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args(arguments)
    files = sorted(path for path in options.bodies.iterdir() if path.is_file())
    requests = [prepared(options.url, file.read_bytes(), options.type) for file in files]
    found = uvloop.run(load(options.url, requests, options.clients, options.seconds))
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
