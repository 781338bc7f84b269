"""Whatever a client sends, it is told what was wrong with it, and the service goes on."""

import base64
import json
import struct
import zlib

import pytest

from tests.serving.pictures import RED, encoded, picture
from tests.serving.problem_check import assert_problem
from tests.serving.wire import WireAnswer, ask, request

pytestmark = pytest.mark.usefixtures("address_goes_on")

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


BODIES = {
    # media type, body, status, kind of the problem
    "empty": ("image/png", b"", 400, "empty-body"),
    "text": ("text/plain", b"a picture", 415, "unsupported-media-type"),
    "curl's default": ("application/x-www-form-urlencoded", RED, 415, "unsupported-media-type"),
    "multipart but no form": (
        "multipart/mixed; boundary=b",
        part(RED) + b"--b--",
        415,
        "unsupported-media-type",
    ),
    "no picture": ("image/png", b"no picture", 422, "not-a-picture"),
    "truncated JPEG": ("image/jpeg", JPEG[:-200], 422, "not-a-picture"),
    "beginning of a JPEG": ("application/octet-stream", JPEG[:30], 422, "not-a-picture"),
    "SVG with a link": (
        "image/svg+xml",
        b'<svg><image href="file:///etc/passwd"/></svg>',
        422,
        "not-a-picture",
    ),
    "PNG bomb": ("image/png", png_bomb(), 413, "picture-too-large"),
    "JSON: cut off": (JSON, b"{", 400, "malformed-json"),
    "JSON: a string that is not UTF-8": (JSON, b'{"images": ["\xff\xfe"]}', 422, "wrong-shape"),
    "JSON: UTF-16": (JSON, '{"images": []}'.encode("utf-16"), 400, "malformed-json"),
    "JSON: a key that is not UTF-8": (JSON, b'{"\xff": 1}', 400, "malformed-json"),
    "JSON: null": (JSON, b"null", 422, "wrong-shape"),
    "JSON: list": (JSON, b"[]", 422, "wrong-shape"),
    "JSON: string": (JSON, b'{"images": "abc"}', 422, "wrong-shape"),
    "JSON: number": (JSON, b'{"images": [1]}', 422, "wrong-shape"),
    "JSON: unknown key": (JSON, b'{"pictures": []}', 422, "wrong-shape"),
    "JSON: no pictures": (JSON, images(), 422, "wrong-shape"),
    "JSON: no base64": (JSON, images("no base64!"), 422, "wrong-shape"),
    "JSON: path": (JSON, images("file:///etc/passwd"), 422, "wrong-shape"),
    "JSON: URL": (JSON, images("http://localhost/a.png"), 422, "wrong-shape"),
    "JSON: empty picture": (JSON, images(""), 422, "not-a-picture"),
    "JSON: one key too many": (
        JSON,
        images(BASE64, url="http://localhost/a.png"),
        422,
        "wrong-shape",
    ),
    "JSON: threshold 1.5": (JSON, images(BASE64, score_threshold=1.5), 422, "wrong-shape"),
    "JSON: threshold in quotes": (JSON, images(BASE64, score_threshold="0.5"), 422, "wrong-shape"),
    "JSON: threshold NaN": (
        JSON,
        images(BASE64, score_threshold=float("nan")),
        400,
        "malformed-json",
    ),
    "JSON: threshold 1e999": (
        JSON,
        images(BASE64).replace(b"}", b', "score_threshold": 1e999}'),
        422,
        "wrong-shape",
    ),
    "JSON: 100,000 brackets": (JSON, b'{"images":' + b"[" * 100_000, 422, "wrong-shape"),
    "JSON: 10,000 pictures": (JSON, images(*["AAAA"] * 10_000), 413, "too-many-pictures"),
    "form: no boundary": ("multipart/form-data", part(RED) + b"--b--", 400, "malformed-multipart"),
    "form: empty boundary": (
        "multipart/form-data; boundary=",
        part(RED) + b"--b--",
        400,
        "malformed-multipart",
    ),
    "form: huge boundary": (
        "multipart/form-data; boundary=" + "b" * 500,
        b"--b",
        400,
        "malformed-multipart",
    ),
    "form: another boundary": (
        "multipart/form-data; boundary=other",
        part(RED) + b"--b--",
        400,
        "malformed-multipart",
    ),
    "form: no end": (FORM, part(RED), 400, "malformed-multipart"),
    "form: cut off in a part": (FORM, part(RED)[:-50], 400, "malformed-multipart"),
    "form: cut off in a header": (FORM, b"--b\r\nContent-Dispo", 400, "malformed-multipart"),
    "form: a header that is none": (
        FORM,
        b"--b\r\n\xff\xff: a\r\n\r\n--b--",
        400,
        "malformed-multipart",
    ),
    "form: no disposition": (FORM, b"--b\r\nA: b\r\n\r\nx\r\n--b--", 400, "malformed-multipart"),
    "form: another disposition": (
        FORM,
        part(RED, "attachment") + b"--b--",
        400,
        "malformed-multipart",
    ),
    "form: another field": (
        FORM,
        part(b"x", 'form-data; name="note"') + b"--b--",
        422,
        "wrong-field",
    ),
    "form: a threshold of 9": (
        FORM,
        part(b"9", 'form-data; name="score_threshold"') + b"--b--",
        422,
        "wrong-parameter",
    ),
    "form: a threshold alone": (
        FORM,
        part(b".9", 'form-data; name="score_threshold"') + b"--b--",
        422,
        "no-picture",
    ),
    "form: nothing": (FORM, b"--b--\r\n", 422, "no-picture"),
    "form: an empty file": (FORM, part(b"") + b"--b--", 422, "not-a-picture"),
    "form: the second is truncated": (
        FORM,
        part(RED) + part(JPEG[:-200]) + b"--b--",
        422,
        "not-a-picture",
    ),
    "form: nested": (
        FORM,
        part(b"--c\r\n" + part(RED) + b"--c--") + b"--b--",
        422,
        "not-a-picture",
    ),
    "form: 10,000 pictures": (FORM, part(RED) * 10_000 + b"--b--", 413, "too-many-pictures"),
    "form: 17 pictures": (FORM, part(RED) * 17 + b"--b--", 413, "too-many-pictures"),
}


def predict(address: str, media_type: str, body: bytes, query: str = "") -> WireAnswer:
    return ask(address, request(f"/v1/predict{query}", f"Content-Type: {media_type}", body=body))


@pytest.mark.parametrize("sent", BODIES)
def test_bodies(address: str, sent: str):
    media_type, body, status, kind = BODIES[sent]
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
