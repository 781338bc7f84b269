"""What comes before the application: broken HTTP, huge headers, slow and absent-minded clients."""

import asyncio
import socket
import threading
import time
from itertools import repeat

import pytest
import uvicorn
from starlette.responses import Response
from uvicorn.server import ServerState

from objloc.serving.http_protocol import LimitedHttpProtocol
from tests.serving.pictures import RED
from tests.serving.problem_check import assert_problem
from tests.serving.running_server import STRICT
from tests.serving.wire import Wire, ask, request, slowly

GOOD = request("/v1/predict", "Content-Type: image/png", body=RED)
pytestmark = pytest.mark.usefixtures("strict_goes_on")


@pytest.mark.parametrize(
    "sent",
    [
        b"what is this?\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nA\x00: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n folded: b\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\n\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"POST /v1/predict HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nabcd",
        b"POST /v1/predict HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nabcd",
        b"POST /v1/predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnumber\r\n",
        b"POST /v1/predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n",
    ],
    ids=[
        "words",
        "TLS",
        "HTTP/9.9",
        "no colon",
        "zero byte",
        "folded",
        "not ASCII",
        "CONNECT",
        "length -1",
        "length 1e3",
        "length of an exabyte and more",
        "two lengths",
        "length and chunks",
        "another encoding",
        "no number of a chunk",
        "negative chunk",
    ],
)
def test_what_is_no_http(strict: str, sent: bytes):
    with Wire(strict) as wire:
        wire.send(sent)
        answer = wire.read()
        assert_problem(answer, 400, "malformed-http")
        assert answer.headers["connection"] == "close"
        assert wire.is_closed()


def test_a_broken_request_behind_a_good_one_does_not_cost_its_answer(strict: str):
    with Wire(strict) as wire:
        wire.send(GOOD + b"what is this?\r\n\r\n")
        assert wire.read().status == 200
        assert wire.is_closed()


def test_requests_one_behind_the_other_are_answered_in_their_order(strict: str):
    with Wire(strict) as wire:
        wire.send(GOOD + request("/nothing", method="GET") + GOOD)
        assert [wire.read().status for _ in range(3)] == [200, 404, 200]


def test_an_upgrade_that_is_not_offered_is_passed_over(strict: str):
    headers = "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: YQ=="
    assert ask(strict, request("/healthz", *headers, method="GET")).status == 200


@pytest.mark.parametrize(
    "pieces",
    [
        [request("/healthz", f"A: {'a' * 20_000}", method="GET")],
        [request("/healthz", *["A: b"] * 3_000, method="GET")],
        [request(f"/healthz?{'a' * 20_000}", method="GET")],
        [request("/healthz", f"A: {'a' * 1_000_000}", method="GET")],
        [b"GET /healthz HTTP/1.1\r\nA: ", *[b"a" * 1000] * 50],
        [b"GET /", *[b"a" * 1000] * 50],
        [GOOD, b"GET /healthz HTTP/1.1\r\nA: ", *[b"a" * 1000] * 50],
    ],
    ids=["one", "many", "path", "a megabyte", "endless", "endless path", "the second request's"],
)
def test_huge_headers(strict: str, pieces: list[bytes]):
    with Wire(strict) as wire:
        if pieces[0] == GOOD:
            wire.send(pieces.pop(0))
            assert wire.read().status == 200
        wire.send_until_refused(pieces)
        answer = wire.read()
        assert_problem(answer, 431, "headers-too-large")
        assert "16384 bytes" in answer.json["detail"]


def test_headers_that_just_fit(strict: str):
    frame = len("/healthz") + len("host") + len("localhost") + len("a") + 8
    for size, status in ((16_384 - frame, 200), (16_385 - frame, 431)):
        assert ask(strict, request("/healthz", f"A: {'a' * size}", method="GET")).status == status


def test_slow_headers(strict: str):
    started = time.monotonic()
    with Wire(strict) as wire:
        head = b"GET /healthz HTTP/1.1\r\nA: " + b"a" * 100
        letters = (bytes([letter]) for letter in head)
        thread = threading.Thread(target=lambda: wire.send_until_refused(slowly(letters)))
        thread.start()
        answer = wire.read()
        assert_problem(answer, 408, "too-slow")
        assert STRICT.seconds <= time.monotonic() - started < 3 * STRICT.seconds
        thread.join()


def test_slow_headers_of_a_second_request(strict: str):
    with Wire(strict) as wire:
        wire.send(GOOD)
        assert wire.read().status == 200
        wire.send(b"GET /healthz HTTP/1.1\r\n")
        assert_problem(wire.read(), 408, "too-slow")


@pytest.mark.parametrize("sent", [b"", b"\r\n"], ids=["nothing", "an empty line"])
def test_a_client_that_says_nothing_is_hung_up_on(strict: str, sent: bytes):
    with Wire(strict) as wire:
        wire.send(sent)
        started = time.monotonic()
        assert wire.is_closed()
        assert time.monotonic() - started < 3 * STRICT.seconds


def test_a_client_that_does_not_read_its_answers_is_cut_off(strict: str):
    with Wire(strict) as wire:
        wire.send_until_refused(repeat(request("/openapi.json", method="GET"), 10_000))
        time.sleep(3 * STRICT.seconds)
        read = 0
        while data := wire.receive():
            read += len(data)
    assert read < 1_000 * len(ask(strict, request("/openapi.json", method="GET")).body)


def test_a_client_that_stops_in_the_middle_of_its_last_answer_is_cut_off():
    """Also where it has read so much that the server could go on writing."""
    answer = Response(bytes(1_000_000))

    async def stop_in_the_middle() -> None:
        loop = asyncio.get_running_loop()
        config = uvicorn.Config(answer, lifespan="off", ws="none", log_config=None)
        config.load()
        of_client, of_server = socket.socketpair()
        of_server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        of_client.setblocking(False)
        with of_client:
            transport, _ = await loop.connect_accepted_socket(
                lambda: LimitedHttpProtocol(
                    STRICT, config=config, server_state=ServerState(), app_state={}
                ),
                of_server,
            )
            await loop.sock_sendall(of_client, request("/", "Connection: close", method="GET"))
            low, _ = transport.get_write_buffer_limits()
            read = len(await loop.sock_recv(of_client, 1024))
            while transport.get_write_buffer_size() > low:
                read += len(await loop.sock_recv(of_client, 1024))
                await asyncio.sleep(0)
            assert transport.get_write_buffer_size() > 0
            assert transport.is_closing()
            await asyncio.sleep(3 * STRICT.seconds)
            assert of_server.fileno() == -1
        assert read < 1_000_000

    asyncio.run(stop_in_the_middle())
