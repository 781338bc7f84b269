"""Two versions of a model whose answers one knows; no TensorFlow in these tests."""

from pathlib import Path

import pytest

from tests.serving.colour_model import write_colour_model


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported model that finds what is red, green or blue, with its sidecar."""
    return write_colour_model(tmp_path_factory.mktemp("model") / "model.onnx")


@pytest.fixture(scope="session")
def newer_model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another version of it, whose scores are half as high."""
    return write_colour_model(tmp_path_factory.mktemp("newer") / "model.onnx", strength=0.5)
