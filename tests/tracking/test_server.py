"""Runs recorded by a real MLflow server, files included."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from objloc.tracking import MlflowTracker, load_localizer, open_store
from objloc.tracking.about_model import AboutModel
from objloc.tracking.model_files import EXPORTED
from objloc.tracking.model_lookup import ModelLookup
from objloc.tracking.model_name import ModelName
from objloc.tracking.registry import register_run
from tests.mlflow_server import mlflow_server

if TYPE_CHECKING:
    from objloc.models import Localizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(store_uri: str, folder: Path) -> Iterator[str]:
    """The address of a server on the tests' database, with its files below `folder`."""
    with mlflow_server(store_uri, folder) as address:
        yield address


def test_a_run_on_a_server(
    server: str, folder: Path, model_file: Path, localizer: "Localizer"
) -> None:
    with MlflowTracker(server).run(name="served") as run:
        run.log_config({"loss": {"box": "ciou"}})
        run.log_metrics({"val/mean_iou": 0.5}, step=1)
        run.log_image(np.zeros((4, 4, 3), np.uint8), "pictures/a.png")
        uri = run.log_model(model_file)
    ended = open_store(server).get_run(run.run_id)
    assert ended.info.status == "FINISHED"
    assert ended.info.artifact_uri.startswith("mlflow-artifacts:/")
    assert ended.data.metrics == {"val/mean_iou": 0.5}
    assert list((folder / "files").rglob("a.png"))
    for source in (run.run_id, uri):
        read = load_localizer(str(source), server)
        for mine, theirs in zip(localizer.get_weights(), read.get_weights(), strict=True):
            assert np.array_equal(mine, theirs)


def test_a_file_added_to_a_stored_model_is_found_by_its_registered_name(
    server: str, tmp_path: Path, model_file: Path
) -> None:
    """As registering adds the ONNX file; here, and as an example, it is any file."""
    with MlflowTracker(server).run(name="served") as run:
        uri = run.log_model(
            model_file, AboutModel(write_examples=lambda to: (to / "0.jpg").write_text("0.jpg"))
        )
    client = open_store(server)
    register_run(client, run.run_id, "remote", "champion", export=False, tags={})
    lookup = ModelLookup(server)
    located = lookup.locate(ModelName.parse("models:/remote@champion"))
    added = tmp_path / "added" / EXPORTED
    added.mkdir(parents=True)
    for name in ("model.onnx", "model.onnx.json"):
        (added / name).write_text(name)
    client.log_model_artifacts(str(uri).removeprefix("models:/"), str(tmp_path / "added"))
    fetched = tmp_path / "fetched"
    assert lookup.fetch(located, fetched)
    assert (fetched / "model.onnx").read_text() == "model.onnx"
    names = {str(file.relative_to(fetched)) for file in fetched.rglob("*") if file.is_file()}
    assert names == {"model.onnx", "model.onnx.json", "examples/0.jpg"}
