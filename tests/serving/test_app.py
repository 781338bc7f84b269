"""The service over HTTP: what it answers to what it was made for."""

import asyncio
import base64
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from objloc.serving.app import make_app
from objloc.serving.limits import Limits
from objloc.serving.model_file import ModelFile
from objloc.serving.service import Service
from tests.serving.colour_model import CLASS_NAMES, SCORE_THRESHOLD, SIZE, write_colour_model
from tests.serving.pictures import encoded, picture
from tests.serving.running_server import running_server

BOTH = picture(red=(6, 6, 30, 24), blue=(48, 30, 90, 60))
PNG, JPEG = encoded(BOTH), encoded(BOTH, "JPEG", quality=95)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("model")
    examples = folder / "examples"
    examples.mkdir()
    (examples / "a picture.png").write_bytes(PNG)
    (examples / "0.jpg").write_bytes(JPEG)
    (folder / "secret.txt").write_text("secret")
    with (
        running_server(write_colour_model(folder / "model.onnx")) as address,
        httpx.Client(base_url=address) as client,
    ):
        yield client


def images(answer: httpx.Response) -> list[dict[str, object]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: list[dict[str, object]] = answer.json()["images"]
    return found


def test_an_answer_tells_what_is_where_in_the_picture(client: httpx.Client):
    answer = client.post("/v1/predict", content=PNG, headers={"Content-Type": "image/png"}).json()
    assert answer["model"]["name"] == "colours"
    assert answer["score_threshold"] == SCORE_THRESHOLD
    [seen] = answer["images"]
    assert (seen["name"], seen["width"], seen["height"]) == (None, 96, 64)
    red, blue = seen["detections"]
    assert (red["label"], red["label_index"], blue["label"], blue["label_index"]) == (
        "red",
        0,
        "blue",
        2,
    )
    np.testing.assert_allclose(red["box"], [6, 6, 30, 24], atol=1.1)
    np.testing.assert_allclose(blue["box"], [48, 30, 90, 60], atol=1.1)
    assert 1 >= red["score"] >= blue["score"] > 0.9
    timings = answer["timings_ms"]
    assert timings["total"] >= timings["model"] > 0


def test_numbers_have_as_few_digits_as_mean_the_models(client: httpx.Client):
    answer = client.post("/v1/predict", content=JPEG, headers={"Content-Type": "image/jpeg"})
    numbers = re.findall(r'"score":([0-9.]+)', answer.text)
    numbers += re.findall(r"[0-9.]+", re.findall(r'"box":\[(.*?)\]', answer.text)[0])
    assert numbers
    for number in numbers:
        assert float(number) == float(str(np.float32(number)))


@pytest.mark.parametrize(("form", "content"), [("png", PNG), ("jpeg", JPEG)])
def test_a_picture_is_answered_the_same_whichever_way_it_comes(
    client: httpx.Client, form: str, content: bytes
):
    kind = f"image/{form}"
    raw = images(client.post("/v1/predict", content=content, headers={"Content-Type": kind}))
    octets = {"Content-Type": "application/octet-stream"}
    assert images(client.post("/v1/predict", content=content, headers=octets)) == raw
    chunks = (content[i : i + 100] for i in range(0, len(content), 100))
    assert images(client.post("/v1/predict", content=chunks, headers={"Content-Type": kind})) == raw
    text = {"images": [base64.b64encode(content).decode()]}
    assert images(client.post("/v1/predict", json=text)) == raw
    [named] = images(client.post("/v1/predict", files={"anything": ("füchse.png", content, kind)}))
    assert named == {**raw[0], "name": "füchse.png"}
    assert images(client.post("/v1/predict", files={"file": (None, content, kind)})) == raw


def test_several_pictures_are_answered_in_their_order(client: httpx.Client):
    green = encoded(picture(50, 40, green=(3, 4, 20, 30)))
    files = [("file", ("a.png", PNG)), ("file", ("b.png", green)), ("other", ("a.png", JPEG))]
    seen = images(client.post("/v1/predict", files=files))
    assert [one["name"] for one in seen] == ["a.png", "b.png", "a.png"]
    assert [one["width"] for one in seen] == [96, 50, 96]
    text = {"images": [base64.b64encode(one).decode() for one in (PNG, green, JPEG)]}
    unnamed = [{**one, "name": None} for one in seen]
    assert images(client.post("/v1/predict", json=text)) == unnamed


def test_the_threshold_is_the_models_or_what_the_request_says(client: httpx.Client):
    faint = np.full((64, 64, 3), 100, np.uint8)
    faint[10:20, 10:20] = (190, 100, 100)  # 90 / 255 = .353
    content = encoded(faint)
    text = {"images": [base64.b64encode(content).decode()]}
    for threshold, count in ((None, 1), (0.35, 1), (0.36, 0), (0, 1), (1, 0)):
        said = {} if threshold is None else {"score_threshold": threshold}
        form = {name: str(value) for name, value in said.items()}
        answers = [
            client.post("/v1/predict", content=content, params=said),
            client.post("/v1/predict", files={"file": content}, params=said),
            client.post("/v1/predict", files={"file": content}, data=form),
            client.post("/v1/predict", json={**text, **said}),
        ]
        for answer in answers:
            assert [len(one["detections"]) for one in answer.json()["images"]] == [count]
            assert answer.json()["score_threshold"] == said.get("score_threshold", SCORE_THRESHOLD)


def test_what_the_model_is(client: httpx.Client):
    facts = client.get("/v1/model").json()
    assert facts["class_names"] == list(CLASS_NAMES)
    assert (facts["image_size"], facts["resize_mode"]) == (SIZE, "letterbox")
    assert (facts["format"], facts["precision"]) == ("onnx", "float32")
    assert facts["decoding"]["max_detections"] == 3
    assert facts["about"]["run_id"] == "made by hand"
    assert "password" not in str(facts)
    limits = Limits()
    assert facts["limits"] == {
        name: getattr(limits, name)
        for name in ("body_bytes", "header_bytes", "pictures", "pixels", "seconds")
    }


def test_examples_are_pictures_beside_the_model_and_nothing_else(client: httpx.Client):
    listed = client.get("/v1/examples").json()["examples"]
    assert [one["name"] for one in listed] == ["0.jpg", "a picture.png"]
    answers = [client.get(one["url"]) for one in listed]
    assert [answer.content for answer in answers] == [JPEG, PNG]
    assert [answer.headers["content-type"] for answer in answers] == ["image/jpeg", "image/png"]
    assert client.get("/v1/examples/..%2Fsecret.txt").status_code == 404


def test_the_page_and_its_files(client: httpx.Client):
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    for place in re.findall(r'(?:src|href)="(/?page/[^"#]+)"', page.text):
        file = client.get(place)
        assert file.status_code == 200
        assert file.headers["x-content-type-options"] == "nosniff"
        again = client.get(place, headers={"If-None-Match": file.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_health(client: httpx.Client):
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}
    head = client.head("/healthz")
    assert (head.status_code, head.content) == (200, b"")


def test_a_request_keeps_its_id_or_gets_one(client: httpx.Client):
    mine = client.get("/healthz", headers={"X-Request-ID": "mine-17"})
    assert mine.headers["x-request-id"] == "mine-17"
    others = {client.get("/healthz").headers["x-request-id"] for _ in range(3)}
    assert len(others) == 3
    strange = client.get("/nothing", headers={"X-Request-ID": "<b>" + 200 * "x"})
    assert re.fullmatch("[0-9a-f]{16}", strange.headers["x-request-id"])
    assert strange.json()["request_id"] == strange.headers["x-request-id"]


def test_other_sites_are_not_let_in(client: httpx.Client):
    answer = client.get("/v1/model", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_requests_are_counted_by_route_and_status(client: httpx.Client):
    def count(route: str, status: int, method: str = "GET") -> float:
        text = client.get("/metrics").text
        labels = f'method="{method}",route="{route}",status="{status}"'
        found = re.search(rf"objloc_http_requests_total{{{re.escape(labels)}}} (\S+)", text)
        return float(found[1]) if found else 0.0

    routes = [
        ("/v1/predict", "/v1/predict", 200, "POST"),
        ("/v1/predict", "/v1/predict", 405, "DELETE"),
        ("/v1/examples/none.jpg", "/v1/examples/{name}", 404, "GET"),
        ("/made/up/1", "unknown", 404, "GET"),
    ]
    for path, route, status, method in routes:
        before = count(route, status, method)
        client.request(method, path, content=PNG if method == "POST" else None)
        assert count(route, status, method) == before + 1
    text = client.get("/metrics").text
    assert 'objloc_http_request_seconds_bucket{le="+Inf",route="/v1/predict"}' in text
    assert "objloc_pictures_total" in text
    assert "made" not in text


def test_what_nobody_foresaw_is_a_problem_without_internals(
    model_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    service = Service(ModelFile(model_file, "colours"))

    async def fail(*_: object) -> None:
        raise RuntimeError("secret path /srv/model")

    monkeypatch.setattr(service, "predict", fail)

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(make_app(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            ready = await client.get("/readyz")
            return [ready, await client.post("/v1/predict", content=PNG)]

    with caplog.at_level(logging.ERROR):
        ready, failed = asyncio.run(ask())
    assert (failed.status_code, failed.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in failed.text
    assert "secret path" in caplog.text
    assert failed.json()["request_id"] in caplog.text
    assert (ready.status_code, ready.headers["retry-after"]) == (503, "1")  # it was never started
    assert json.loads(ready.text)["type"] == "/problems/not-ready"
