"""Runs recorded by a real MLflow server, files included."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from objloc.tracking import MlflowTracker, load_localizer, open_store
from tests.mlflow_server import mlflow_server

if TYPE_CHECKING:
    from objloc.models import Localizer


@pytest.fixture
def server(store_uri: str, tmp_path: Path) -> Iterator[str]:
    """The address of a server on the tests' database, with files in `tmp_path`."""
    with mlflow_server(store_uri, tmp_path) as address:
        yield address


def test_a_run_on_a_server(
    server: str, tmp_path: Path, model_file: Path, localizer: "Localizer"
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
    assert list((tmp_path / "files").rglob("a.png"))
    for source in (run.run_id, uri):
        read = load_localizer(str(source), server)
        for mine, theirs in zip(localizer.get_weights(), read.get_weights(), strict=True):
            assert np.array_equal(mine, theirs)
