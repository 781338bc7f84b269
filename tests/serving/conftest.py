"""Two versions of a model whose answers one knows, and services; no TensorFlow in these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.colour_model import write_colour_model
from tests.serving.pictures import RED
from tests.serving.running_server import STRICT, running_server
from tests.serving.wire import ask, request


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported model that finds what is red, green or blue, with its sidecar."""
    return write_colour_model(tmp_path_factory.mktemp("model") / "model.onnx")


@pytest.fixture(scope="session")
def newer_model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another version of it, whose scores are half as high."""
    return write_colour_model(tmp_path_factory.mktemp("newer") / "model.onnx", strength=0.5)


@pytest.fixture(scope="module")
def address(model_file: Path) -> Iterator[str]:
    """A service with the limits that it usually has."""
    with running_server(model_file) as address:
        yield address


@pytest.fixture(scope="module")
def strict(model_file: Path) -> Iterator[str]:
    """A service with limits that are soon reached."""
    with running_server(model_file, limits=STRICT) as address:
        yield address


@pytest.fixture
def address_goes_on(address: str) -> Iterator[None]:
    """The service still answers when the test has ended."""
    yield
    _assert_it_answers(address)


@pytest.fixture
def strict_goes_on(strict: str) -> Iterator[None]:
    """As `address_goes_on`."""
    yield
    _assert_it_answers(strict)


def _assert_it_answers(address: str) -> None:
    answer = ask(address, request("/v1/predict", "Content-Type: image/png", body=RED))
    assert answer.status == 200
    [seen] = answer.json["images"]
    assert [found["label"] for found in seen["detections"]] == ["red"]
