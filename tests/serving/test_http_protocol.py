"""What comes before the application: broken HTTP, huge headers, slow clients, huge bodies."""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import uvicorn
from starlette.responses import Response
from uvicorn.server import ServerState

from objloc.serving.http_protocol import http_protocol
from objloc.serving.limits import Limits
from tests.serving.pictures import encoded, picture
from tests.serving.problem_check import assert_problem
from tests.serving.running_server import running_server
from tests.serving.wire import Wire, ask, request

RED = encoded(picture(red=(6, 6, 30, 24)))
GOOD = request("/v1/predict", "Content-Type: image/png", body=RED)
SECONDS = 0.4
LIMITS = Limits(body_bytes=200_000, seconds=SECONDS)
MEGABYTE = bytes(1_000_000)


@pytest.fixture(scope="module")
def address(model_file: Path) -> Iterator[str]:
    """A service with limits that are soon reached."""
    with running_server(model_file, limits=LIMITS) as address:
        yield address


@pytest.fixture(scope="module")
def usual(model_file: Path) -> Iterator[str]:
    """A service with the limits that it usually has."""
    with running_server(model_file) as address:
        yield address


@pytest.fixture(autouse=True)
def service_goes_on(address: str) -> Iterator[None]:
    yield
    assert ask(address, GOOD).status == 200


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
def test_what_is_no_http(address: str, sent: bytes):
    with Wire(address) as wire:
        wire.send(sent)
        answer = wire.read()
        assert_problem(answer, 400, "malformed-http")
        assert answer.headers["connection"] == "close"
        assert wire.is_closed()


def test_a_broken_request_behind_a_good_one_does_not_cost_its_answer(address: str):
    with Wire(address) as wire:
        wire.send(GOOD + b"what is this?\r\n\r\n")
        assert wire.read().status == 200
        assert wire.is_closed()


def test_requests_one_behind_the_other_are_answered_in_their_order(address: str):
    with Wire(address) as wire:
        wire.send(GOOD + request("/nothing", method="GET") + GOOD)
        assert [wire.read().status for _ in range(3)] == [200, 404, 200]


def test_an_upgrade_that_is_not_offered_is_passed_over(address: str):
    headers = "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: YQ=="
    assert ask(address, request("/healthz", *headers, method="GET")).status == 200


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
def test_huge_headers(address: str, pieces: list[bytes]):
    with Wire(address) as wire:
        if pieces[0] == GOOD:
            wire.send(pieces.pop(0))
            assert wire.read().status == 200
        wire.send_until_refused(pieces)
        answer = wire.read()
        assert_problem(answer, 431, "headers-too-large")
        assert "16384 bytes" in answer.json["detail"]


def test_headers_that_just_fit(address: str):
    frame = len("/healthz") + len("host") + len("localhost") + len("a") + 8
    for size, status in ((16_384 - frame, 200), (16_385 - frame, 431)):
        assert ask(address, request("/healthz", f"A: {'a' * size}", method="GET")).status == status


def test_slow_headers(address: str):
    started = time.monotonic()
    with Wire(address) as wire:
        head = b"GET /healthz HTTP/1.1\r\nA: " + b"a" * 100
        letters = (bytes([letter]) for letter in head)
        thread = threading.Thread(target=lambda: wire.send_until_refused(slowly(letters)))
        thread.start()
        answer = wire.read()
        assert_problem(answer, 408, "too-slow")
        assert SECONDS <= time.monotonic() - started < 3 * SECONDS
        thread.join()


def test_slow_headers_of_a_second_request(address: str):
    with Wire(address) as wire:
        wire.send(GOOD)
        assert wire.read().status == 200
        wire.send(b"GET /healthz HTTP/1.1\r\n")
        assert_problem(wire.read(), 408, "too-slow")


@pytest.mark.parametrize("sent", [b"", b"\r\n"], ids=["nothing", "an empty line"])
def test_a_client_that_says_nothing_is_hung_up_on(address: str, sent: bytes):
    with Wire(address) as wire:
        wire.send(sent)
        started = time.monotonic()
        assert wire.is_closed()
        assert time.monotonic() - started < 3 * SECONDS


@pytest.mark.parametrize(
    ("headers", "beginning"),
    [
        (["Content-Length: 1000"], b"abc"),
        (["Content-Length: 1000", "Expect: 100-continue"], b""),
        (["Transfer-Encoding: chunked"], b"3\r\nabc\r\n"),
    ],
    ids=["length", "waiting for leave", "chunked"],
)
def test_slow_bodies(address: str, headers: list[str], beginning: bytes):
    with Wire(address) as wire:
        wire.send(request("/v1/predict", "Content-Type: image/png", *headers) + beginning)
        if "Expect: 100-continue" in headers:
            assert wire.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        answer = wire.read()
        assert_problem(answer, 408, "too-slow")
        assert wire.is_closed()


def test_a_client_that_hangs_up_in_the_middle_is_nobodys_business(address: str):
    for length in (3, 100_000):
        with Wire(address) as wire:
            wire.send(request("/v1/predict", "Content-Type: image/png", length=length + 1))
            wire.send(bytes(length))


def test_a_client_that_does_not_read_its_answers_is_cut_off(address: str):
    with Wire(address) as wire:
        wire.send_until_refused(repeat(request("/openapi.json", method="GET"), 10_000))
        time.sleep(3 * SECONDS)
        read = 0
        while data := wire.receive():
            read += len(data)
    assert read < 1_000 * len(ask(address, request("/openapi.json", method="GET")).body)


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_a_hundred_megabytes_are_refused_unread_and_the_client_gets_to_know(
    usual: str, connection: str
):
    process = psutil.Process()
    before = process.memory_info().rss
    most = before
    place = urlsplit(usual)
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


def test_a_client_that_asks_first_is_refused_at_once(usual: str):
    with Wire(usual) as wire:
        headers = "Content-Type: image/png", "Expect: 100-continue"
        wire.socket.settimeout(3)
        wire.send(request("/v1/predict", *headers, length=100_000_000))
        assert_problem(wire.read(), 413, "body-too-large")
        assert wire.is_closed()  # one cannot know whether a body or a request would come next


@pytest.mark.parametrize(
    "path", ["/v1/predict", "/nothing", "/healthz", "/v2/models/colours/infer"]
)
def test_an_endless_body_is_refused_and_then_cut_off(address: str, path: str):
    with Wire(address) as wire:
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
    assert thread_sent[0] < 10 * LIMITS.body_bytes + 20_000_000


def test_a_body_that_drips_after_its_refusal_is_cut_off(address: str):
    with Wire(address) as wire:
        wire.send(request("/nothing", length=1_000))
        assert wire.read().status == 404
        started = time.monotonic()
        wire.send_until_refused(slowly(bytes([byte]) for byte in bytes(200)))
        assert time.monotonic() - started < 5 * SECONDS


CHUNKED = request("/v1/predict", "Content-Type: image/png", "Transfer-Encoding: chunked")


@pytest.mark.parametrize(
    "piece",
    [b"h: v\r\n" * 100, b"h: " + b"v" * 1_000 + b"\r\n", b"v" * 1_000],
    ids=["many", "long", "one without an end"],
)
@pytest.mark.parametrize(
    "beginning", [b"3\r\nabc\r\n0\r\nh: ", b"3;a="], ids=["trailers", "extension"]
)
def test_what_comes_beside_the_chunks_is_limited(usual: str, beginning: bytes, piece: bytes):
    if beginning == b"3;a=":
        piece = piece.translate(None, b"\r\n: ")
    with Wire(usual) as wire:
        wire.send(CHUNKED + beginning)
        time.sleep(0.05)
        wire.send_until_refused(repeat(piece, 100))
        answer = wire.read()
        assert_problem(answer, 431, "headers-too-large")
        assert answer.headers["connection"] == "close"


def test_trailers_of_a_request_that_was_refused_are_limited(usual: str):
    with Wire(usual) as wire:
        wire.send(request("/nothing", "Transfer-Encoding: chunked"))
        assert wire.read().status == 404
        wire.send(b"0\r\n")
        wire.send_until_refused(repeat(b"h: v\r\n" * 100, 100))
        wire.socket.settimeout(3)
        assert wire.is_closed()  # without another answer


@pytest.mark.parametrize("size", [1, 2, 1_000])
@pytest.mark.parametrize("number", ["{:x}", "{:08x}", "{:x};signature=" + "a" * 64])
def test_chunks_however_small_are_read(address: str, size: int, number: str):
    picture_of_noise = RED + bytes(30_000)  # what follows a PNG's end is nobody's business
    body = b"".join(
        number.format(len(piece)).encode() + b"\r\n" + piece + b"\r\n"
        for start in range(0, len(picture_of_noise), size)
        for piece in [picture_of_noise[start : start + size]]
    )
    assert ask(address, CHUNKED + body + b"0\r\nh: v\r\n\r\n").status == 200


def test_a_trailer_is_no_header(address: str):
    """One that says the body is compressed, which would be refused of a header."""
    with Wire(address) as wire:
        sent = CHUNKED + b"%x\r\n" % len(RED) + RED + b"\r\n"
        wire.send(sent + b"0\r\nContent-Encoding: gzip\r\nExpect: 100-continue\r\n\r\n")
        assert wire.read().status == 200
        wire.send(GOOD)
        assert wire.read().status == 200


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
                lambda: http_protocol(LIMITS)(  # type: ignore[call-arg]
                    config=config, server_state=ServerState(), app_state={}
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
            await asyncio.sleep(3 * SECONDS)
            assert of_server.fileno() == -1
        assert read < 1_000_000

    asyncio.run(stop_in_the_middle())


def slowly(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        time.sleep(0.02)
