"""KServe's protocol, spoken with a client that others wrote, and byte by byte."""

import base64
import json
import struct
import tracemalloc
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from objloc.serving.kserve_request import read_kserve_request
from objloc.serving.request_error import RequestError
from tests.serving.pictures import encoded, picture
from tests.serving.problem_check import assert_problem
from tests.serving.wire import ask, request

BOTH = picture(red=(6, 6, 30, 24), blue=(48, 30, 90, 60))
GREEN = picture(green=(3, 4, 20, 30))
INFER = "/v2/models/colours/infer"
BASE64 = base64.b64encode(encoded(GREEN)).decode()


@pytest.fixture
def client(address: str) -> Iterator[triton.InferenceServerClient]:
    client = triton.InferenceServerClient(address.removeprefix("http://"))
    yield client
    client.close()


def pixels(*pictures: np.ndarray, binary: bool) -> triton.InferInput:
    array = np.stack(pictures)
    tensor = triton.InferInput("images", list(array.shape), "UINT8")
    tensor.set_data_from_numpy(array, binary_data=binary)
    return tensor


def files(*contents: bytes) -> triton.InferInput:
    tensor = triton.InferInput("encoded", [len(contents)], "BYTES")
    tensor.set_data_from_numpy(np.array(contents, np.object_))
    return tensor


def of_v1(address: str, *contents: bytes) -> list[dict[str, object]]:
    answer = httpx.post(f"{address}/v1/predict", files=[("file", one) for one in contents])
    seen: list[dict[str, object]] = answer.json()["images"]
    return seen


def assert_same(found: triton.InferResult, seen: list[dict[str, object]]) -> None:
    """The tensors say what /v1/predict says, to the last bit."""
    boxes, labels, scores = (found.as_numpy(name) for name in ("boxes", "labels", "scores"))
    assert (boxes.dtype, labels.dtype, scores.dtype) == (np.float32, np.int32, np.float32)
    assert boxes.shape == (*labels.shape, 4) == (*scores.shape, 4)
    assert len(labels) == len(seen)
    for i, picture_seen in enumerate(seen):
        detections = picture_seen["detections"]
        assert isinstance(detections, list)
        count = len(detections)
        np.testing.assert_array_equal(
            boxes[i, :count].tolist(), [np.float32(one["box"]).tolist() for one in detections]
        )
        assert labels[i, :count].tolist() == [one["label_index"] for one in detections]
        assert scores[i, :count].tolist() == [np.float32(one["score"]) for one in detections]
        assert (labels[i, count:] == -1).all()
        assert not boxes[i, count:].any()
        assert not scores[i, count:].any()


def test_what_the_server_and_its_model_are(client: triton.InferenceServerClient, address: str):
    version = httpx.get(f"{address}/v1/model").json()["version"]
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    for of_version in ("", version):
        assert client.is_model_ready("colours", of_version)
        model = client.get_model_metadata("colours", of_version)
        assert model["versions"] == [version]
        assert [one["name"] for one in model["inputs"]] == ["images", "encoded"]
        assert [one["datatype"] for one in model["outputs"]] == ["FP32", "INT32", "FP32"]
    assert not client.is_model_ready("other")
    with pytest.raises(InferenceServerException, match="the model served here is 'colours'"):
        client.get_model_metadata("colours", "other")


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_pixels(
    client: triton.InferenceServerClient, address: str, binary_in: bool, binary_out: bool
):
    outputs = [
        triton.InferRequestedOutput(name, binary_data=binary_out)
        for name in ("boxes", "labels", "scores")
    ]
    inputs = [pixels(BOTH, GREEN, np.zeros_like(BOTH), binary=binary_in)]
    found = client.infer("colours", inputs, outputs=outputs, request_id="17")
    assert found.get_response()["id"] == "17"
    assert found.as_numpy("labels").tolist() == [[0, 2], [1, -1], [-1, -1]]
    seen = of_v1(address, encoded(BOTH), encoded(GREEN), encoded(np.zeros_like(BOTH)))
    assert_same(found, seen)


def test_files(client: triton.InferenceServerClient, address: str):
    jpeg = encoded(BOTH, "JPEG")
    found = client.infer("colours", [files(encoded(GREEN), jpeg)])
    assert_same(found, of_v1(address, encoded(GREEN), jpeg))
    only_scores = [triton.InferRequestedOutput("scores")]
    found = client.infer("colours", [files(jpeg)], outputs=only_scores)
    assert [one["name"] for one in found.get_response()["outputs"]] == ["scores"]


def test_a_threshold_and_nothing_found(client: triton.InferenceServerClient):
    found = client.infer("colours", [files(encoded(BOTH))], parameters={"score_threshold": 1})
    assert found.as_numpy("boxes").shape == (1, 0, 4)
    assert found.as_numpy("labels").shape == (1, 0)


def test_json_by_hand(address: str):
    nested = picture(4, 2).tolist()
    for data in (nested, [nested], np.ravel(nested).tolist()):
        tensor = {"name": "images", "datatype": "UINT8", "shape": [1, 2, 4, 3], "data": data}
        answer = httpx.post(address + INFER, json={"inputs": [tensor]})
        assert answer.status_code == (422 if data is nested else 200)
    tensor = {"name": "encoded", "datatype": "BYTES", "shape": [1], "data": [BASE64]}
    answer = httpx.post(address + INFER, json={"inputs": [tensor]}).json()
    assert answer["model_name"] == "colours"
    assert "id" not in answer
    boxes, labels, scores = answer["outputs"]
    assert (boxes["datatype"], boxes["shape"], labels["data"]) == ("FP32", [1, 1, 4], [1])
    [seen] = of_v1(address, encoded(GREEN))
    assert [{**one, "label": "green", "label_index": 1} for one in seen["detections"]] == [
        {"label": "green", "label_index": 1, "score": scores["data"][0], "box": boxes["data"]}
    ]


def tensor(**other: object) -> bytes:
    usual = {"name": "images", "datatype": "UINT8", "shape": [1, 1, 1, 3], "data": [1, 2, 3]}
    return json.dumps({"inputs": [{**usual, **other}]}).encode()


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"", 400, "empty-body"),
        (b"no JSON", 400, "malformed-json"),
        (b"{}", 422, "wrong-shape"),
        (b'{"inputs": []}', 422, "wrong-tensor"),
        (
            json.dumps({"inputs": [json.loads(tensor())["inputs"][0]] * 2}).encode(),
            422,
            "wrong-tensor",
        ),
        (tensor(name="other"), 422, "wrong-tensor"),
        (tensor(datatype="FP32"), 422, "wrong-tensor"),
        (tensor(shape=[3]), 422, "wrong-tensor"),
        (tensor(shape=[1, 1, 3, 1]), 422, "wrong-tensor"),
        (tensor(shape=[1, 1, 2, 3]), 422, "wrong-tensor"),
        (tensor(shape=[1, 0, 1, 3], data=[]), 422, "wrong-tensor"),
        (tensor(shape=[0, 1, 1, 3], data=[]), 422, "wrong-tensor"),
        (tensor(shape=[1, 2**31, 2**31, 3]), 422, "wrong-tensor"),
        (tensor(shape=[2**31, 2**31, 2**31, 3]), 413, "too-many-pictures"),
        (tensor(shape=[2**31 + 1, 1, 1, 3]), 422, "wrong-shape"),
        (tensor(shape=[0, 2**31, 2**31, 3], data=[[]]), 422, "wrong-tensor"),
        (tensor(shape=[-1, 1, 1, 3]), 422, "wrong-shape"),
        (tensor(data=[1, 2, 256]), 422, "wrong-shape"),
        (tensor(data=[1, 2, 0.5]), 422, "wrong-shape"),
        (tensor(data=[[1, 2, 3]]), 422, "wrong-tensor"),
        (tensor(data=[[[[1, 2]]]]), 422, "wrong-tensor"),
        (tensor(data=[[[[1, 2, 3], [1, 2]]]]), 422, "wrong-tensor"),
        (tensor(data=[[[[1, 2, 0.5]]]]), 422, "wrong-shape"),
        (tensor(data=[[[["1", 2, 3]]]]), 422, "wrong-tensor"),
        (tensor(data=[[[[], [], []]]]), 422, "wrong-tensor"),
        (tensor(data=None), 422, "wrong-tensor"),
        (tensor(data="abc"), 422, "wrong-tensor"),
        (tensor(parameters={"binary_data_size": 3}), 422, "wrong-tensor"),
        (tensor(parameters={"shared_memory_region": "a"}), 422, "wrong-tensor"),
        (tensor(name="encoded", datatype="BYTES", shape=[2], data=[BASE64]), 422, "wrong-tensor"),
        (tensor(name="encoded", datatype="BYTES", shape=[1], data=["%"]), 422, "wrong-shape"),
        (tensor(name="encoded", datatype="BYTES", shape=[1], data=["AAAA"]), 422, "not-a-picture"),
        (tensor(shape=[17, 1, 1, 3], data=[0] * 51), 413, "too-many-pictures"),
        (tensor()[:-1] + b', "outputs": [{"name": "other"}]}', 422, "wrong-tensor"),
        (tensor()[:-1] + b', "parameters": {"score_threshold": 2}}', 422, "wrong-parameter"),
        (
            tensor()[:-1] + b', "parameters": {"score_threshold": 1' + b"0" * 5000 + b"}}",
            422,
            "wrong-shape",
        ),
        (tensor()[:-1] + b', "parameters": {"score_threshold": true}}', 422, "wrong-tensor"),
        (tensor()[:-1] + b', "parameters": {"a": ' + b"[" * 100_000, 422, "wrong-shape"),
    ],
)
def test_bad_requests(address: str, body: bytes, status: int, kind: str):
    answer = ask(address, request(INFER, "Content-Type: application/json", body=body))
    assert_problem(answer, status, kind)
    assert answer.json["error"] == answer.json["detail"]  # where the protocol's clients look


def binary(
    size: object, behind: bytes, name: str = "images", **other: object
) -> tuple[bytes, bytes]:
    usual = {"images": ("UINT8", [1, 1, 1, 3]), "encoded": ("BYTES", [1])}[name]
    said = {"name": name, "datatype": usual[0], "shape": usual[1]}
    text = json.dumps({"inputs": [{**said, "parameters": {"binary_data_size": size}, **other}]})
    return text.encode(), behind


@pytest.mark.parametrize(
    ("body", "json_bytes", "status"),
    [
        (binary(3, b"abc"), None, 200),
        (binary(3, b"abc"), "10000000", 422),
        (binary(3, b"abc"), "-1", 422),
        (binary(3, b"abc"), "1e3", 422),
        (binary(3, b"abc"), "9" * 5000, 422),
        (binary(3, b"abc"), "0", 400),
        (binary(3, b"ab"), None, 422),
        (binary(3, b"abcd"), None, 422),
        (binary(-3, b"abc"), None, 422),
        (binary("3", b"abc"), None, 422),
        (binary(True, b"a"), None, 422),
        (binary(None, b"abc"), None, 422),
        (binary(4, b"abcd"), None, 422),
        (binary(3, b"abc", "encoded"), None, 422),
        (binary(8, struct.pack("<I", 2**32 - 1) + b"abcd", "encoded"), None, 422),
        (binary(4, bytes(4), "encoded"), None, 422),
        (binary(8, bytes(8), "encoded"), None, 422),
        (binary(0, b"", "encoded"), None, 422),
    ],
)
def test_binary_requests(
    address: str, body: tuple[bytes, bytes], json_bytes: str | None, status: int
):
    header = (
        f"Inference-Header-Content-Length: {len(body[0]) if json_bytes is None else json_bytes}"
    )
    answer = ask(address, request(INFER, header, body=b"".join(body)))
    assert answer.status == status, answer
    if status != 200:
        assert_problem(answer, status, answer.json["type"].removeprefix("/problems/"))


MILLION = 1_000_000
MANY = {
    # JSON and the bytes behind it, status, kind of the problem
    "pixels": (
        binary(3 * MILLION, bytes(3 * MILLION), shape=[MILLION, 1, 1, 3]),
        413,
        "too-many-pictures",
    ),
    "files": (
        binary(4 * MILLION, bytes(4 * MILLION), "encoded", shape=[MILLION]),
        413,
        "too-many-pictures",
    ),
    "files, one by its shape": (
        binary(4 * MILLION, bytes(4 * MILLION), "encoded"),
        413,
        "too-many-pictures",
    ),
    "numbers": (
        (
            tensor(shape=[MILLION, 1, 1, 3]).replace(b"[1, 2, 3]", b"[" + b"0," * MILLION + b"0]"),
            b"",
        ),
        413,
        "too-many-pictures",
    ),
    "base64, one by its shape": (
        (
            tensor(name="encoded", datatype="BYTES", shape=[1]).replace(
                b"[1, 2, 3]", b"[" + b'"AAAA",' * MILLION + b'"AAAA"]'
            ),
            b"",
        ),
        422,
        "wrong-tensor",
    ),
    "empty lists": (
        (tensor().replace(b"[1, 2, 3]", b"[[[" + b"[]," * 3 * MILLION + b"[]]]]"), b""),
        422,
        "wrong-tensor",
    ),
    "empty lists, as many as the shape says": (
        (
            tensor(shape=[1, 1, MILLION, 3]).replace(
                b"[1, 2, 3]", b"[[[" + b"[]," * (3 * MILLION - 1) + b"[]]]]"
            ),
            b"",
        ),
        422,
        "wrong-tensor",
    ),
}


@pytest.mark.parametrize("sent", MANY)
def test_a_million_things_are_refused_before_they_are_made(sent: str):
    (text, behind), status, kind = MANY[sent]
    json_bytes = str(len(text)) if behind else None
    body = text + behind
    tracemalloc.start()
    try:
        with pytest.raises(RequestError) as caught:
            read_kserve_request(body, json_bytes, most_pictures=16)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (caught.value.status, caught.value.kind) == (status, kind)
    assert most < 6 * len(body)  # copies of the text; an object for each thing would be far more


def test_a_million_pictures_on_the_wire(address: str):
    (text, behind), status, kind = MANY["pixels"]
    headers = f"Inference-Header-Content-Length: {len(text)}"
    assert_problem(ask(address, request(INFER, headers, body=text + behind)), status, kind)
