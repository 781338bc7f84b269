"""Runs recorded by a real MLflow server, files included."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import pytest

from objloc.tracking import MlflowTracker, load_localizer, open_store

if TYPE_CHECKING:
    from objloc.models import Localizer


@pytest.fixture
def server(store_uri: str, tmp_path: Path) -> Iterator[str]:
    """The address of a server on the tests' database, with files in `tmp_path`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", store_uri]
    command += ["--artifacts-destination", str(tmp_path / "files")]
    log = (tmp_path / "server.log").open("w")
    # Without its workers for background jobs it starts in half the time.
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=log, stderr=log, process_group=0
    )
    try:
        for _ in range(1200):
            try:
                with urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
                    break
            except (URLError, OSError):
                time.sleep(0.1)
        else:
            pytest.fail((tmp_path / "server.log").read_text())
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)
        log.close()


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
