"""A service with an API key answers those who have it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from objloc.errors import ConfigError
from objloc.serving.app import make_app
from objloc.serving.model_file import ModelFile
from objloc.serving.service import Service
from tests.serving.pictures import RED
from tests.serving.problem_check import assert_problem
from tests.serving.running_server import running_server
from tests.serving.wire import ask, request

KEY = "opén sesame"


@pytest.fixture(scope="module")
def address(model_file: Path) -> Iterator[str]:
    with running_server(model_file, api_key=KEY) as address:
        yield address


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Authorization: Bearer"],
        ["Authorization: Bearer wrong"],
        [f"Authorization: Basic {KEY}"],
        [f"Authorization: {KEY}"],
        ["X-API-Key: wrong"],
        ["X-API-Key:"],
        ["X-API-Key: wrong", f"Authorization: Bearer {KEY}"],
        [f"Cookie: key={KEY}"],
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/predict"), ("GET", "/v1/model"), ("GET", "/metrics"), ("GET", "/nothing")],
)
def test_without_the_key(address: str, headers: list[str], method: str, path: str):
    answer = ask(address, request(path, *headers, method=method, length=0))
    assert_problem(answer, 401, "no-api-key")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", [f"Authorization: bearer {KEY}", f"X-API-Key: {KEY}"])
def test_with_the_key(address: str, header: str):
    answer = ask(address, request("/v1/predict", header, body=RED))
    assert [one["label"] for one in answer.json["images"][0]["detections"]] == ["red"]


@pytest.mark.parametrize(
    "path",
    ["/", "/page/page.js", "/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"],
)
def test_open_to_all(address: str, path: str):
    assert httpx.get(address + path).status_code == 200


def test_a_large_body_without_the_key_is_not_read(address: str):
    headers = "Content-Type: image/png", "Expect: 100-continue"
    assert ask(address, request("/v1/predict", *headers, length=10**9)).status == 401


def test_an_empty_key_would_let_everybody_in(model_file: Path):
    with pytest.raises(ConfigError, match="api_key is empty"):
        make_app(Service(ModelFile(model_file, "colours")), api_key=" ")
