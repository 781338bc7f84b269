"""The jobs of a multirun hang under one run."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient
from omegaconf import DictConfig, OmegaConf

from objloc.tracking import MlflowTracker, SweepParent

Composed = Callable[..., DictConfig]


@pytest.fixture
def composed(store_uri: str, tmp_path: Path) -> Composed:
    """Makes the config that Hydra hands to callbacks."""

    def make(overrides: list[str], target: str = "objloc.tracking.MlflowTracker") -> DictConfig:
        return OmegaConf.create(
            {
                "name": "white_box",
                "tracking": {"_target_": target, "uri": store_uri, "experiment": None},
                "hydra": {
                    "overrides": {"task": overrides},
                    "sweep": {"dir": str(tmp_path / "sweep")},
                    "sweeper": {"params": {"optimizer.lr": "interval(0,1)"}},
                },
            }
        )

    return make


def test_jobs_hang_under_a_parent_named_after_the_sweep(
    composed: Composed, store_uri: str, client: MlflowClient, tmp_path: Path
) -> None:
    config = composed(["+experiment=white_box", "loss.weights.box=1,2", "seed=1"])
    callback = SweepParent()
    callback.on_multirun_start(config)
    parent = json.loads((tmp_path / "sweep" / "sweep_parent.json").read_text())["run_id"]
    for job in range(2):
        with MlflowTracker(store_uri).run(name="white_box", overrides=[f"box={job}"]) as run:
            run.log_metrics({"test/mean_iou": job / 2, "train/loss": 1.0})
        assert client.get_run(run.run_id).data.tags["mlflow.parentRunId"] == parent
    assert client.get_run(parent).info.status == "RUNNING"
    callback.on_multirun_end(config)
    ended = client.get_run(parent)
    assert ended.info.status == "FINISHED"
    assert ended.info.run_name == "white_box loss.weights.box=1,2 optimizer.lr=interval(0,1)"
    table = Path(client.download_artifacts(parent, "jobs.md", str(tmp_path))).read_text()
    assert table.splitlines()[0] == "| job | run | status | test/mean_iou |"
    assert [line.split(" | ")[3] for line in table.splitlines()[2:]] == ["0.0000 |", "0.5000 |"]
    with MlflowTracker(store_uri).run(name="white_box") as after:
        assert "mlflow.parentRunId" not in client.get_run(after.run_id).data.tags


def test_parent_fails_with_a_job_even_if_hydra_says_nothing(
    composed: Composed, store_uri: str, client: MlflowClient
) -> None:
    callback = SweepParent()
    callback.on_multirun_start(composed(["seed=1,2"]))
    parent = json.loads(os.environ["OBJLOC_SWEEP_PARENT"])["run_id"]
    with pytest.raises(ZeroDivisionError), MlflowTracker(store_uri).run(name="x"):
        raise ZeroDivisionError("division by zero")
    callback._end_early()  # what the process' end calls
    assert client.get_run(parent).info.status == "FAILED"
    callback.on_multirun_end(composed([]))  # too late: nothing to end any more


def test_without_mlflow_nothing_happens(composed: Composed, tmp_path: Path) -> None:
    callback = SweepParent()
    config = composed(["seed=1,2"], target="objloc.tracking.NoTracker")
    callback.on_multirun_start(config)
    callback.on_multirun_end(config)
    assert not (tmp_path / "sweep").exists()
    assert os.environ["OBJLOC_SWEEP_PARENT"] == "{}"
