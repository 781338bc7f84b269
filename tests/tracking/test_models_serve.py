"""`mlflow models serve` answers for a registered model, from a folder that knows nothing of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mlflow import MlflowClient

from objloc.evaluation import Predictor
from objloc.models import KerasEngine
from objloc.tracking import MlflowTracker
from objloc.tracking.registry import register_run

if TYPE_CHECKING:
    from objloc.models import Localizer

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 30, 40, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def served(
    store_uri: str, client: MlflowClient, model_file: Path, port: int, tmp_path: Path
) -> Iterator[int]:
    """The port of a server that answers with `models:/served@champion`."""
    with MlflowTracker(store_uri).run(name="model") as run:
        run.log_model(model_file)
    register_run(client, run.run_id, "served", "champion", export=False, tags={})
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--port", str(port)]
    command += ["--model-uri", "models:/served@champion", "--env-manager", "local"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["MLFLOW_TRACKING_URI"] = store_uri
    # MLflow looks for uvicorn among the programs, as an activated environment has it.
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=log,
            process_group=0,
        )
    try:
        for _ in range(1200):
            try:
                if ask(port, "GET", "/ping")[0] == 200:
                    break
            except OSError:
                if process.poll() is not None:
                    pytest.fail((tmp_path / "log").read_text())
                time.sleep(0.1)
        yield port
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


def ask(port: int, method: str, path: str, body: object = None) -> tuple[int, Any]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        headers = {"Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read().strip() or b"null")


@pytest.mark.slow
def test_it_answers_what_the_predictor_does(served: int, localizer: "Localizer") -> None:
    found = Predictor(KerasEngine(localizer)).predict_images(list(IMAGES))
    for threshold in (0.0, 1.0):
        body = {"inputs": IMAGES.tolist(), "params": {"score_threshold": threshold}}
        status, answer = ask(served, "POST", "/invocations", body)
        assert status == 200, answer
        for row, one in enumerate(one.over(threshold) for one in found):
            said = {name: values[row] for name, values in answer["predictions"].items()}
            assert np.array_equal(np.float32(said["boxes"])[: len(one)], one.boxes)
            assert np.array_equal(np.float32(said["scores"])[: len(one)], one.scores)
            assert said["labels"] == (one.labels.tolist() or [-1])
    for wrong in ("/etc/hostname", [["/etc/hostname"]], IMAGES[..., :2].tolist()):
        status, answer = ask(served, "POST", "/invocations", {"inputs": wrong})
        assert status == 400, answer
