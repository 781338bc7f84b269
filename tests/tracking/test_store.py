"""Stores that open, and the errors of those that do not."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient

from objloc.errors import TrackingError
from objloc.tracking import open_store
from objloc.tracking.store import experiment_id


def test_database_and_files_lie_in_the_same_folder(client: MlflowClient, store_uri: str) -> None:
    location = client.get_experiment(experiment_id(client, "white box")).artifact_location
    folder = Path(store_uri.removeprefix("sqlite:///")).parent
    assert location == str(folder / "mlruns" / "white_box")


def test_experiment_is_made_once(client: MlflowClient) -> None:
    assert experiment_id(client, "twice") == experiment_id(client, "twice")


def test_deleted_experiment_says_how_to_restore_it(client: MlflowClient) -> None:
    number = experiment_id(client, "deleted")
    client.delete_experiment(number)
    with pytest.raises(TrackingError, match=f"restore it .*--experiment-id {number}"):
        experiment_id(client, "deleted")


def test_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database " * 100)
    started = time.perf_counter()
    with pytest.raises(TrackingError, match=r"mlflow\.db cannot be opened: file is not a database"):
        open_store(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert time.perf_counter() - started < 5


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrackingError, match=r"cannot be opened: .*File exists.*tracking=off"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'mlflow.db'}")


def test_unknown_kind_of_store() -> None:
    with pytest.raises(TrackingError, match="ftp://host cannot be opened"):
        open_store("ftp://host")


def test_unreachable_server_is_told_soon_and_without_password() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    server = f"127.0.0.1:{port}"
    with pytest.raises(TrackingError, match=rf"http://\*\*\*@{server} cannot be opened") as error:
        open_store(f"http://me:secret@{server}")
    assert "secret" not in str(error.value)
    assert time.perf_counter() - started < 10
    assert "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ


def test_two_processes_may_start_on_a_new_database(tmp_path: Path) -> None:
    code = (
        "import sys; from objloc.tracking import open_store; "
        "print(len(open_store(sys.argv[1]).search_experiments()))"
    )
    command = [sys.executable, "-c", code, f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}"]
    both = [subprocess.Popen(command, stdout=-1, stderr=-1, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=60) for process in both]
    assert [(out.strip(), error) for out, error in answers] == [("1", "")] * 2
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mlflow.db"]
