"""Bodies that are huge, slow or broken off: little of them is read, and clients get to know."""

import http.client
import threading
import time
from collections.abc import Iterator
from itertools import repeat
from urllib.parse import urlsplit

import psutil
import pytest

from tests.serving.pictures import RED
from tests.serving.problem_check import assert_problem
from tests.serving.running_server import STRICT
from tests.serving.wire import Wire, request, slowly

MEGABYTE = bytes(1_000_000)
pytestmark = pytest.mark.usefixtures("strict_goes_on")


@pytest.mark.parametrize(
    ("headers", "beginning"),
    [
        (["Content-Length: 1000"], b"abc"),
        (["Content-Length: 1000", "Expect: 100-continue"], b""),
        (["Transfer-Encoding: chunked"], b"3\r\nabc\r\n"),
    ],
    ids=["length", "waiting for leave", "chunked"],
)
def test_slow_bodies(strict: str, headers: list[str], beginning: bytes):
    with Wire(strict) as wire:
        wire.send(request("/v1/predict", "Content-Type: image/png", *headers) + beginning)
        if "Expect: 100-continue" in headers:
            assert wire.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        answer = wire.read()
        assert_problem(answer, 408, "too-slow")
        assert wire.is_closed()


def test_a_client_that_hangs_up_in_the_middle_is_nobodys_business(strict: str):
    for length in (3, 100_000):
        with Wire(strict) as wire:
            wire.send(request("/v1/predict", "Content-Type: image/png", length=length + 1))
            wire.send(bytes(length))


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_a_hundred_megabytes_are_refused_unread_and_the_client_gets_to_know(
    address: str, connection: str
):
    process = psutil.Process()
    before = process.memory_info().rss
    most = before
    place = urlsplit(address)
    client = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)

    def body() -> Iterator[bytes]:
        nonlocal most
        for _ in range(100):
            most = max(most, process.memory_info().rss)
            yield MEGABYTE

    headers = {"Content-Type": "image/png", "Content-Length": str(100 * len(MEGABYTE))}
    client.request("POST", "/v1/predict", body(), {**headers, "Connection": connection})
    answer = client.getresponse()
    assert answer.status == 413
    assert b'"type":"/problems/body-too-large"' in answer.read()
    assert most - before < 20_000_000
    if connection == "keep-alive":  # and may go on
        client.request("POST", "/v1/predict", RED, {"Content-Type": "image/png"})
        assert client.getresponse().status == 200
    client.close()


def test_a_client_that_asks_first_is_refused_at_once(address: str):
    with Wire(address) as wire:
        headers = "Content-Type: image/png", "Expect: 100-continue"
        wire.socket.settimeout(3)
        wire.send(request("/v1/predict", *headers, length=100_000_000))
        assert_problem(wire.read(), 413, "body-too-large")
        assert wire.is_closed()  # one cannot know whether a body or a request would come next


@pytest.mark.parametrize(
    "path", ["/v1/predict", "/nothing", "/healthz", "/v2/models/colours/infer"]
)
def test_an_endless_body_is_refused_and_then_cut_off(strict: str, path: str):
    with Wire(strict) as wire:
        wire.send(request(path, "Content-Type: image/png", "Transfer-Encoding: chunked"))
        thread_sent: list[int] = []
        pieces = repeat(b"4000\r\n" + bytes(0x4000) + b"\r\n", 10_000)
        thread = threading.Thread(
            target=lambda: thread_sent.append(wire.send_until_refused(pieces))
        )
        thread.start()
        answer = wire.read()
        assert answer.status in (404, 405, 413)
        assert_problem(answer, answer.status, answer.json["type"].removeprefix("/problems/"))
        thread.join()
    # Ten times the limit, and what sockets hold.
    assert thread_sent[0] < 10 * STRICT.body_bytes + 20_000_000


def test_a_body_that_drips_after_its_refusal_is_cut_off(strict: str):
    with Wire(strict) as wire:
        wire.send(request("/nothing", length=1_000))
        assert wire.read().status == 404
        started = time.monotonic()
        wire.send_until_refused(slowly(bytes([byte]) for byte in bytes(200)))
        assert time.monotonic() - started < 5 * STRICT.seconds
