"""Bodies in chunks: however small they are they are read, and what comes beside them is limited."""

import time
from itertools import repeat

import pytest

from tests.serving.pictures import RED
from tests.serving.problem_check import assert_problem
from tests.serving.wire import Wire, ask, request

CHUNKED = request("/v1/predict", "Content-Type: image/png", "Transfer-Encoding: chunked")
pytestmark = pytest.mark.usefixtures("strict_goes_on")


@pytest.mark.parametrize(
    "piece",
    [b"h: v\r\n" * 100, b"h: " + b"v" * 1_000 + b"\r\n", b"v" * 1_000],
    ids=["many", "long", "one without an end"],
)
@pytest.mark.parametrize(
    "beginning", [b"3\r\nabc\r\n0\r\nh: ", b"3;a="], ids=["trailers", "extension"]
)
def test_what_comes_beside_the_chunks_is_limited(address: str, beginning: bytes, piece: bytes):
    if beginning == b"3;a=":
        piece = piece.translate(None, b"\r\n: ")
    with Wire(address) as wire:
        wire.send(CHUNKED + beginning)
        time.sleep(0.05)
        wire.send_until_refused(repeat(piece, 100))
        answer = wire.read()
        assert_problem(answer, 431, "headers-too-large")
        assert answer.headers["connection"] == "close"


def test_trailers_of_a_request_that_was_refused_are_limited(address: str):
    with Wire(address) as wire:
        wire.send(request("/nothing", "Transfer-Encoding: chunked"))
        assert wire.read().status == 404
        wire.send(b"0\r\n")
        wire.send_until_refused(repeat(b"h: v\r\n" * 100, 100))
        wire.socket.settimeout(3)
        assert wire.is_closed()  # without another answer


@pytest.mark.parametrize("size", [1, 2, 1_000])
@pytest.mark.parametrize("number", ["{:x}", "{:08x}", "{:x};signature=" + "a" * 64])
def test_chunks_however_small_are_read(strict: str, size: int, number: str):
    picture_of_noise = RED + bytes(30_000)  # what follows a PNG's end is nobody's business
    body = b"".join(
        number.format(len(piece)).encode() + b"\r\n" + piece + b"\r\n"
        for start in range(0, len(picture_of_noise), size)
        for piece in [picture_of_noise[start : start + size]]
    )
    assert ask(strict, CHUNKED + body + b"0\r\nh: v\r\n\r\n").status == 200


def test_a_trailer_is_no_header(strict: str):
    """One that says the body is compressed, which would be refused of a header."""
    with Wire(strict) as wire:
        sent = CHUNKED + b"%x\r\n" % len(RED) + RED + b"\r\n"
        wire.send(sent + b"0\r\nContent-Encoding: gzip\r\nExpect: 100-continue\r\n\r\n")
        assert wire.read().status == 200
        wire.send(request("/v1/predict", "Content-Type: image/png", body=RED))
        assert wire.read().status == 200
