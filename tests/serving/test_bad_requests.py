"""Whatever a client sends, it is told what was wrong with it, and the service goes on."""

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.pictures import encoded, picture
from tests.serving.problem_check import assert_problem
from tests.serving.running_server import running_server
from tests.serving.wire import WireAnswer, ask, request

RED = encoded(picture(red=(6, 6, 30, 24)))
JPEG = encoded(picture(red=(6, 6, 30, 24)), "JPEG")
FORM = "multipart/form-data; boundary=b"
JSON = "application/json"
BASE64 = base64.b64encode(RED).decode()


def png_bomb() -> bytes:
    """A file of 60 bytes that says it holds 60,000 × 60,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def part(content: bytes, disposition: str = 'form-data; name="file"; filename="a.png"') -> bytes:
    return f"--b\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"


def images(*pictures: str, **more: object) -> bytes:
    return json.dumps({"images": pictures, **more}).encode()


@pytest.fixture(scope="module")
def address(model_file: Path) -> Iterator[str]:
    with running_server(model_file) as address:
        yield address


@pytest.fixture(autouse=True)
def service_goes_on(address: str) -> Iterator[None]:
    yield
    answer = ask(address, request("/v1/predict", "Content-Type: image/png", body=RED))
    assert answer.status == 200
    [seen] = answer.json["images"]
    assert [found["label"] for found in seen["detections"]] == ["red"]


def predict(address: str, media_type: str, body: bytes, query: str = "") -> WireAnswer:
    return ask(address, request(f"/v1/predict{query}", f"Content-Type: {media_type}", body=body))


@pytest.mark.parametrize(
    ("media_type", "body", "status", "kind"),
    [
        ("image/png", b"", 400, "empty-body"),
        ("text/plain", b"a picture", 415, "unsupported-media-type"),
        ("application/x-www-form-urlencoded", RED, 415, "unsupported-media-type"),
        ("multipart/mixed; boundary=b", part(RED) + b"--b--", 415, "unsupported-media-type"),
        ("image/png", b"no picture", 422, "not-a-picture"),
        ("image/jpeg", JPEG[:-200], 422, "not-a-picture"),
        ("application/octet-stream", JPEG[:30], 422, "not-a-picture"),
        ("image/svg+xml", b'<svg><image href="file:///etc/passwd"/></svg>', 422, "not-a-picture"),
        ("image/png", png_bomb(), 413, "picture-too-large"),
    ],
    ids=[
        "empty",
        "text",
        "curl's default",
        "multipart but no form",
        "no picture",
        "truncated JPEG",
        "beginning of a JPEG",
        "SVG with a link",
        "PNG bomb",
    ],
)
def test_bodies(address: str, media_type: str, body: bytes, status: int, kind: str):
    assert_problem(predict(address, media_type, body), status, kind)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{", 400, "malformed-json"),
        (b'{"images": ["\xff\xfe"]}', 422, "wrong-shape"),
        ('{"images": []}'.encode("utf-16"), 400, "malformed-json"),
        (b'{"\xff": 1}', 400, "malformed-json"),
        (b"null", 422, "wrong-shape"),
        (b"[]", 422, "wrong-shape"),
        (b'{"images": "abc"}', 422, "wrong-shape"),
        (b'{"images": [1]}', 422, "wrong-shape"),
        (b'{"pictures": []}', 422, "wrong-shape"),
        (images(), 422, "wrong-shape"),
        (images("no base64!"), 422, "wrong-shape"),
        (images("file:///etc/passwd"), 422, "wrong-shape"),
        (images("http://localhost/a.png"), 422, "wrong-shape"),
        (images(""), 422, "not-a-picture"),
        (images(BASE64, url="http://localhost/a.png"), 422, "wrong-shape"),
        (images(BASE64, score_threshold=1.5), 422, "wrong-shape"),
        (images(BASE64, score_threshold="0.5"), 422, "wrong-shape"),
        (images(BASE64, score_threshold=float("nan")), 400, "malformed-json"),
        (images(BASE64).replace(b"}", b', "score_threshold": 1e999}'), 422, "wrong-shape"),
        (b'{"images":' + b"[" * 100_000, 422, "wrong-shape"),
        (images(*["AAAA"] * 10_000), 413, "too-many-pictures"),
    ],
    ids=[
        "cut off",
        "a string that is not UTF-8",
        "UTF-16",
        "a key that is not UTF-8",
        "null",
        "list",
        "string",
        "number",
        "unknown key",
        "no pictures",
        "no base64",
        "path",
        "URL",
        "empty picture",
        "one key too many",
        "threshold 1.5",
        "threshold in quotes",
        "threshold NaN",
        "threshold 1e999",
        "100,000 brackets",
        "10,000 pictures",
    ],
)
def test_json(address: str, body: bytes, status: int, kind: str):
    assert_problem(predict(address, JSON, body), status, kind)


@pytest.mark.parametrize(
    ("media_type", "body", "status", "kind"),
    [
        ("multipart/form-data", part(RED) + b"--b--", 400, "malformed-multipart"),
        ("multipart/form-data; boundary=", part(RED) + b"--b--", 400, "malformed-multipart"),
        ("multipart/form-data; boundary=" + "b" * 500, b"--b", 400, "malformed-multipart"),
        ("multipart/form-data; boundary=other", part(RED) + b"--b--", 400, "malformed-multipart"),
        (FORM, part(RED), 400, "malformed-multipart"),
        (FORM, part(RED)[:-50], 400, "malformed-multipart"),
        (FORM, b"--b\r\nContent-Dispo", 400, "malformed-multipart"),
        (FORM, b"--b\r\n\xff\xff: a\r\n\r\n--b--", 400, "malformed-multipart"),
        (FORM, b"--b\r\nA: b\r\n\r\nx\r\n--b--", 400, "malformed-multipart"),
        (FORM, part(RED, "attachment") + b"--b--", 400, "malformed-multipart"),
        (FORM, part(b"x", 'form-data; name="note"') + b"--b--", 422, "wrong-field"),
        (FORM, part(b"9", 'form-data; name="score_threshold"') + b"--b--", 422, "wrong-parameter"),
        (FORM, part(b".9", 'form-data; name="score_threshold"') + b"--b--", 422, "no-picture"),
        (FORM, b"--b--\r\n", 422, "no-picture"),
        (FORM, part(b"") + b"--b--", 422, "not-a-picture"),
        (FORM, part(RED) + part(JPEG[:-200]) + b"--b--", 422, "not-a-picture"),
        (FORM, part(b"--c\r\n" + part(RED) + b"--c--") + b"--b--", 422, "not-a-picture"),
        (FORM, part(RED) * 10_000 + b"--b--", 413, "too-many-pictures"),
        (FORM, part(RED) * 17 + b"--b--", 413, "too-many-pictures"),
    ],
    ids=[
        "no boundary",
        "empty boundary",
        "huge boundary",
        "another boundary",
        "no end",
        "cut off in a part",
        "cut off in a header",
        "a header that is none",
        "no disposition",
        "another disposition",
        "another field",
        "a threshold of 9",
        "a threshold alone",
        "nothing",
        "an empty file",
        "the second is truncated",
        "nested",
        "10,000 pictures",
        "17 pictures",
    ],
)
def test_forms(address: str, media_type: str, body: bytes, status: int, kind: str):
    assert_problem(predict(address, media_type, body), status, kind)


@pytest.mark.parametrize(
    "query",
    [
        "?score_threshold=nan",
        "?score_threshold=-0.1",
        "?score_threshold=1e999",
        "?score_threshold=",
        "?score_threshold=0,5",
        "?score_threshold=%FF",
        "?score_threshold=0.1&score_threshold=0.2",
        "?score_treshold=0.1",
        "?" + "&".join(["a=b"] * 100),
    ],
)
def test_queries(address: str, query: str):
    assert_problem(predict(address, "image/png", RED, query), 422, "wrong-parameter")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "GZIP"])
def test_compressed_bodies_are_not_unpacked(address: str, encoding: str):
    headers = "Content-Type: image/png", f"Content-Encoding: {encoding}"
    answer = ask(address, request("/v1/predict", *headers, body=RED))
    assert_problem(answer, 415, "compressed-body")
    assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/predict", 405),
        ("OPTIONS", "/v1/predict", 405),
        ("DELETE", "/v1/model", 405),
        ("POST", "/", 405),
        ("TRACE", "/healthz", 405),
        ("POST", "/v2/models/colours", 405),
        ("POST", "/v1/predict/", 404),
        ("GET", "//v1/model", 404),
        ("GET", "/nothing", 404),
        ("GET", "/docs", 404),
        ("GET", "/page/page_routes.py", 404),
        ("GET", "/page/../app.py", 404),
        ("GET", "/page/..%2Fapp.py", 404),
        ("GET", "/page/%2Fetc%2Fpasswd", 404),
        ("GET", "/v1/examples/..%2F..%2F..%2Fetc%2Fpasswd", 404),
        ("GET", "/v1/examples/model.onnx", 404),
        ("GET", "/v2/models/other", 404),
        ("GET", "/v2/models/colours/versions/other", 404),
        ("GET", "/%00%ff", 404),
    ],
)
def test_routes(address: str, method: str, path: str, status: int):
    answer = ask(address, request(path, method=method))
    kind = answer.json["type"].removeprefix("/problems/")
    assert (
        kind
        in {405: {"method-not-allowed"}, 404: {"not-found", "no-such-model", "no-such-example"}}[
            status
        ]
    )
    assert_problem(answer, status, kind)
    assert ("allow" in answer.headers) == (status == 405)
