"""Runs are found by all the names that people have for them, and told apart by what differs."""

import json
import math
from pathlib import Path

import pytest
from mlflow import MlflowClient

from objloc.comparison import stored_runs
from objloc.comparison.stored_runs import find_parent, jobs_of, objectives, runs_named
from objloc.errors import TrackingError
from objloc.tracking import open_store
from tests.comparison.made_runs import METRIC, record, record_job, record_parent


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> MlflowClient:
    """A client of an empty store."""
    return open_store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}")


@pytest.fixture(scope="module")
def sweep(client: MlflowClient) -> str:
    """A sweep of two settings with two seeds each, a pruned, a failed and a running job."""
    parent = record_parent(client, "boxes", **{"sweep.keys": "loss.box, optimizer.learning_rate"})
    elsewhere = client.create_experiment("elsewhere")
    for trial, box in enumerate(["giou", "l1"]):
        text = f"loss.box={box} optimizer.learning_rate=0.001"
        above = record(
            client,
            {"sweep": "setting", "mlflow.parentRunId": parent, "sweep.setting": text},
            metrics={METRIC: 0.5},
            experiment=elsewhere,
        )
        for seed in (1, 0):
            record_job(client, above, trial, text, 0.9 - trial / 10, seed=seed)
    rest = "loss.box=bce optimizer.learning_rate=[1, 2]"
    record_job(client, parent, 2, rest, 0.1, outcome="PRUNED", failure="worse than\nthe median")
    record_job(client, parent, 3, "loss.box=ciou", None, outcome="FAILED", status="FAILED")
    record_job(client, parent, 4, "loss.box=mse", 0.3, outcome="FAILED", status="RUNNING")
    return parent


def test_jobs_of_a_sweep_are_its_leaves_in_order(client: MlflowClient, sweep: str) -> None:
    runs = jobs_of(client, find_parent(client, sweep))
    assert [(run.trial, run.seed) for run in runs] == [
        (0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (3, 0), (4, 0),
    ]  # fmt: skip
    assert [run.outcome for run in runs[3:]] == ["FINISHED", "PRUNED", "FAILED", "RUNNING"]
    assert runs[0].values == {"loss.box": "giou", "optimizer.learning_rate": "0.001"}
    assert runs[0].setting == "loss.box=giou optimizer.learning_rate=0.001"
    assert runs[0].metrics == {METRIC: 0.9}
    assert runs[4].values["optimizer.learning_rate"] == "[1, 2]"
    assert runs[4].reason == "worse than the median"
    assert math.isnan(runs[6].seconds)
    assert runs[0].seconds >= 0


def test_a_sweep_has_many_names(client: MlflowClient, sweep: str, tmp_path: Path) -> None:
    record = {"uri": client.tracking_uri, "run_id": sweep, "name": "boxes"}
    (tmp_path / "sweep.json").write_text(json.dumps(record))
    for name in (sweep, sweep[:6], "boxes", str(tmp_path)):
        assert find_parent(client, name).info.run_id == sweep
    later = record_parent(client, "later", **{"sweep.metric": "val/a, val/b", "sweep.mode": ""})
    assert find_parent(client, "latest").info.run_id == later
    assert objectives(find_parent(client, "latest")) == ("val/a,val/b", "max,max")
    assert objectives(find_parent(client, "boxes")) == (METRIC, "max")
    assert jobs_of(client, find_parent(client, "latest")) == []


def test_names_that_mean_no_sweep_or_several(
    client: MlflowClient, sweep: str, tmp_path: Path
) -> None:
    with pytest.raises(TrackingError, match=rf"'boxers'.*not in .*Newest.*{sweep} \(boxes\)"):
        find_parent(client, "boxers")
    with pytest.raises(TrackingError, match="not in"):
        find_parent(client, sweep[:5])  # too short for an id
    twins = [record_parent(client, "twin") for _ in range(2)]
    with pytest.raises(TrackingError, match="name one by id") as caught:
        find_parent(client, "twin")
    assert all(twin in str(caught.value) for twin in twins)
    file = tmp_path / "sweep.json"
    file.write_text('{"uri": "sqlite:///other.db", "run_id": "0123456789"}')
    with pytest.raises(TrackingError, match=r"recorded in tracking\.uri=sqlite:///other\.db"):
        find_parent(client, str(tmp_path))
    file.write_text('{"uri": "", "run_id": ""}')
    with pytest.raises(TrackingError, match="was not tracked"):
        find_parent(client, str(tmp_path))
    file.write_text("{}")
    with pytest.raises(TrackingError, match="names no sweep"):
        find_parent(client, str(tmp_path))


def test_a_job_begun_anew_is_one_job(client: MlflowClient) -> None:
    parent = record_parent(client, "again")
    record_job(client, parent, 0, "loss.box=l1", 0.1, outcome="FAILED", status="FAILED")
    done = record_job(client, parent, 0, "loss.box=l1", 0.8)
    record_job(client, parent, 0, "loss.box=l1", 0.2, outcome="FAILED", status="KILLED")
    other = record_job(client, parent, 0, "loss.box=l1", 0.9, seed=1)
    assert [run.run_id for run in jobs_of(client, find_parent(client, parent))] == [done, other]


def test_all_pages_are_read(client: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_runs, "_PAGE", 2)
    parent = record_parent(client, "long")
    for trial in range(7):
        record_job(client, parent, trial, f"loss.box={trial}", trial / 10)
    assert [run.trial for run in jobs_of(client, find_parent(client, "long"))] == list(range(7))


def test_the_seed_is_no_part_of_a_setting(client: MlflowClient) -> None:
    parent = record_parent(client, "seeded")
    for seed in (1, 2):
        record_job(client, parent, seed, f"+loss.box=l1 seed={seed}", 0.5, seed=seed)
    runs = jobs_of(client, find_parent(client, "seeded"))
    assert [(run.setting, run.seed) for run in runs] == [("loss.box=l1", 1), ("loss.box=l1", 2)]


def config(**changes: object) -> dict[str, object]:
    """Params as training records them."""
    params = {
        "seed": 0,
        "name": "emoji",
        "output_root": "outputs",
        "trainer.threads": 1,
        "trainer.epochs": 10,
        "head._target_": "Grid",
        "head.stride": 8,
        "loss.box": "giou",
        "loss.weights.box": 5,
        "tracking.uri": "a",
    }
    return {**params, **{key.replace("__", "."): value for key, value in changes.items()}}


TAGS = {"head": "grid", "loss": "default", "hydra/launcher": "basic", "tracking": "local"}


def test_what_varies_is_the_choices_and_the_params_beside_them(client: MlflowClient) -> None:
    ids = [
        record(client, {**TAGS, "command": "a"}, params=config(trainer__threads=2)),
        record(client, {**TAGS, "tracking": "server"}, params=config(seed=1, name="b")),
        record(
            client,
            {**TAGS, "head": "ssd", "hydra/launcher": "joblib"},
            params={**config(head___target_="Ssd", loss__weights__box=2), "head.ratios": "[1, 2]"},
        ),
        # Died before it wrote its config down.
        record(client, {**TAGS, "loss": "default"}, status="FAILED"),
    ]
    runs = runs_named(client, ids)
    assert [run.setting for run in runs] == [
        "head=grid loss.weights.box=5",
        "head=grid loss.weights.box=5",
        "head=ssd loss.weights.box=2",
        "head=grid loss.weights.box=?",
    ]
    assert [run.seed for run in runs] == [0, 1, 0, None]
    assert [run.outcome for run in runs] == ["FINISHED"] * 3 + ["FAILED"]


def test_a_sweep_that_says_nothing_of_its_settings_is_told_apart_too(client: MlflowClient) -> None:
    parent = record(client, {"sweep": "parent"})
    for box in ("giou", "l1"):
        record(client, {**TAGS, "mlflow.parentRunId": parent}, params=config(loss__box=box))
    assert {run.setting for run in jobs_of(client, find_parent(client, parent))} == {
        "loss.box=giou",
        "loss.box=l1",
    }


def test_a_run_has_many_names(client: MlflowClient, tmp_path: Path) -> None:
    run_id = record(client, TAGS, params=config())
    (tmp_path / "run.json").write_text(json.dumps({"run_id": run_id, "name": "emoji"}))
    for name in (run_id, run_id[:8], str(tmp_path)):
        [found] = runs_named(client, [name])
        assert found.run_id == run_id
    assert len(runs_named(client, [run_id, run_id[:8]])) == 1


def test_names_that_mean_no_single_run(client: MlflowClient, sweep: str, tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="no run 'abcdef' in sqlite"):
        runs_named(client, ["abcdef"])
    with pytest.raises(TrackingError, match=f"stands above the runs of a sweep.* {sweep}"):
        runs_named(client, [sweep])
    with pytest.raises(TrackingError, match=r"holds no run\.json"):
        runs_named(client, [str(tmp_path)])
    (tmp_path / "run.json").write_text('{"run_id": ""}')
    with pytest.raises(TrackingError, match="was not tracked"):
        runs_named(client, [str(tmp_path)])
    with pytest.raises(TrackingError, match="no run"):
        runs_named(client, ["x' OR 'a' = 'a"])
