"""Requests as bytes on a socket: what no well-behaved client sends."""

import json
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class WireAnswer:
    """A response; headers by their names in lower case. Status 0: the server just hung up."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """A connection to a server.

    Args:
        address: http://host:port.
    """

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self.socket = socket.create_connection((place.hostname, place.port), timeout=20)
        self._unread = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *pieces: bytes, pause: float = 0.0) -> None:
        """Sends the pieces, with a pause behind each."""
        for piece in pieces:
            self.socket.sendall(piece)
            time.sleep(pause)

    def send_until_refused(self, pieces: Iterable[bytes]) -> int:
        """Sends on as long as the server takes it; how many bytes it took."""
        sent = 0
        try:
            for piece in pieces:
                self.socket.sendall(piece)
                sent += len(piece)
        except OSError:
            pass
        return sent

    def read(self) -> WireAnswer:
        """The next response."""
        head = self._read_until_blank_line()
        if not head:
            return WireAnswer(0, {}, b"")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        length = int(headers["content-length"])
        while len(self._unread) < length:
            data = self.receive()
            assert data, "the server hung up in the middle of its answer"
            self._unread += data
        body, self._unread = self._unread[:length], self._unread[length:]
        return WireAnswer(int(first.split()[1]), headers, body)

    def is_closed(self) -> bool:
        """True once the server has hung up and there is nothing left to read."""
        return not self._unread and not self.receive()

    def receive(self) -> bytes:
        """What comes next; nothing once the server has hung up."""
        try:
            return self.socket.recv(65536)
        except ConnectionError:
            return b""

    def _read_until_blank_line(self) -> bytes:
        while b"\r\n\r\n" not in self._unread:
            data = self.receive()
            if not data:
                return b""
            self._unread += data
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        return head


def request(
    path: str, *headers: str, method: str = "POST", body: bytes = b"", length: int | None = None
) -> bytes:
    """A request that is as HTTP wants it, but for what one makes of it."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    if body or length is not None:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(address: str, *pieces: bytes, pause: float = 0.0) -> WireAnswer:
    """Sends the pieces on a new connection; the first response."""
    with Wire(address) as wire:
        wire.send(*pieces, pause=pause)
        return wire.read()


def slowly(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces, with a pause behind each."""
    for piece in pieces:
        yield piece
        time.sleep(0.02)
