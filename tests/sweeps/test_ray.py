"""Sweeps on a real Ray cluster of two nodes, with one MLflow server for all."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mlflow_server import mlflow_server
from tests.sweeps import toy
from tests.sweeps.toy_process import environment, epochs_of, kill_sweep, runs, starts, sweep

RAY = str(Path(sys.executable).with_name("ray"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a head that runs no jobs, and two nodes of one core each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    nodes = [
        ["--head", f"--port={port}", "--num-cpus=0", "--include-dashboard=false"],
        ["--address", address, "--num-cpus=1"],
        ["--address", address, "--num-cpus=1"],
    ]
    try:
        for node in nodes:
            subprocess.run(
                [RAY, "start", *node, "--disable-usage-stats"],
                env=environment(0.3),  # the workers train as slowly as they are started here
                cwd=tmp_path_factory.mktemp("ray"),
                check=True,
                capture_output=True,
                timeout=120,
            )
        yield address
    finally:
        subprocess.run([RAY, "stop", "--force"], capture_output=True, timeout=120, check=False)


@pytest.fixture
def words(cluster: str, tmp_path: Path) -> Iterator[list[str]]:
    """What sends a sweep's jobs to the cluster, and their runs to a server."""
    with mlflow_server(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path) as address:
        yield [
            "hydra/launcher=ray",
            f"hydra.launcher.ray.init.address={cluster}",
            f"output_root={tmp_path / 'outputs'}",
            "tracking=server",
            f"tracking.uri={address}",
        ]


@pytest.mark.slow
def test_jobs_on_two_nodes_are_recorded_pruned_and_may_fail(
    words: list[str], tmp_path: Path
) -> None:
    answer = sweep(
        tmp_path,
        "optimizer.learning_rate=2e-3,1.9e-3,4e-2",
        f"loss.weights.box=1,{toy.FAILS},{toy.DIES}",
        "pruner=median",
        "pruner.n_startup_trials=2",
        "pruner.n_warmup_steps=2",  # what fails has failed by then, however slow other jobs are
        *words,
    )
    assert answer.returncode == 1
    assert "6 of 9 trials failed" in answer.stderr
    [parent] = [run for run in runs(tmp_path) if run.data.tags["sweep"] == "parent"]
    jobs = [run for run in runs(tmp_path) if run.data.tags["sweep"] == "job"]
    assert {run.data.tags["mlflow.parentRunId"] for run in jobs} == {parent.info.run_id}
    outcomes = [run.data.tags.get("outcome") for run in jobs]
    assert (outcomes.count("FINISHED"), outcomes.count("PRUNED")) == (2, 1)
    assert outcomes.count("FAILED") == 3
    died = [run for run in jobs if "outcome" not in run.data.tags]
    assert len(died) == 3
    assert len({run.data.tags["objloc.pid"] for run in jobs}) >= 2
    assert parent.info.artifact_uri.startswith("mlflow-artifacts:/")
    assert next((tmp_path / "files").rglob("summary.html")).stat().st_size > 10_000


@pytest.mark.slow
def test_a_killed_sweep_goes_on(words: list[str], tmp_path: Path) -> None:
    words = ["optimizer.learning_rate=1e-3,2e-3,3e-3,4e-3", "trainer.epochs=6", *words]
    kill_sweep(tmp_path, *words, when=lambda: epochs_of(tmp_path, 1) >= 2)
    before = starts(tmp_path)
    answer = sweep(tmp_path, *words)
    assert answer.returncode == 0, answer.stderr
    again = starts(tmp_path)[len(before) :]
    assert all(epoch > 0 for trial, epoch in again if trial == 1)
    assert sorted({trial for trial, _ in before + again}) == [0, 1, 2, 3]
    assert len(before + again) <= 4 + 2
    assert {run.info.status for run in runs(tmp_path)} == {"FINISHED"}
    assert len(runs(tmp_path)) == 5


def test_a_cluster_that_is_not_there_is_said(tmp_path: Path) -> None:
    answer = sweep(
        tmp_path,
        "optimizer.learning_rate=1e-3,2e-3",
        "hydra/launcher=ray",
        "hydra.launcher.ray.init.address=127.0.0.1:1",
    )
    assert answer.returncode == 1
    assert "Ray cannot be reached at 127.0.0.1:1" in answer.stderr
    assert "Traceback" not in answer.stderr or os.environ.get("HYDRA_FULL_ERROR")
