"""Runs start, end as they ended, and are set right when their process is gone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from mlflow import MlflowClient

from objloc.errors import TrackingError
from objloc.tracking import MlflowTracker


def test_a_run_that_ends_well(
    store_uri: str, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["/usr/bin/python", "-m", "objloc.train", "name=a b"])
    tracker = MlflowTracker(store_uri, tags={"who": "me"})
    overrides = ["+experiment=white_box", "loss.weights.box=5", "tracking.log_model=false"]
    with tracker.run(name="white_box", overrides=overrides, tags={"head": "grid"}) as run:
        assert client.get_run(run.run_id).info.status == "RUNNING"
    ended = client.get_run(run.run_id)
    assert ended.info.status == "FINISHED"
    assert ended.info.run_name == "white_box loss.weights.box=5"
    assert client.get_experiment(ended.info.experiment_id).name == "white_box"
    assert ended.data.tags["who"] == "me"
    assert ended.data.tags["head"] == "grid"
    assert ended.data.tags["version.keras"].startswith("3.")
    assert ended.data.tags["command"].endswith(" -m objloc.train 'name=a b'")
    assert "mlflow.parentRunId" not in ended.data.tags


def test_a_run_that_fails_says_why(store_uri: str, client: MlflowClient) -> None:
    tracker = MlflowTracker(store_uri, experiment="failures", run_name="bad luck")
    with pytest.raises(ZeroDivisionError), tracker.run(name="x") as run:
        raise ZeroDivisionError("division by zero")
    ended = client.get_run(run.run_id)
    assert ended.info.status == "FAILED"
    assert ended.info.run_name == "bad luck"
    assert ended.data.tags["failure"] == "ZeroDivisionError: division by zero"
    assert [file.path for file in client.list_artifacts(run.run_id)] == ["failure.txt"]


@pytest.fixture
def heeds_interrupts() -> Iterator[None]:
    """Ctrl-C counts: what a shell starts in the background ignores it from birth."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_interrupts")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted(
    store_uri: str, client: MlflowClient, number: signal.Signals
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with (
        pytest.raises((KeyboardInterrupt, SystemExit)),
        MlflowTracker(store_uri).run(name="x") as r,
    ):
        os.kill(os.getpid(), number)
    assert client.get_run(r.run_id).info.status == "KILLED"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_run_that_died_is_set_right_by_the_next_start(
    store_uri: str, client: MlflowClient
) -> None:
    code = (
        "import os, sys; from objloc.tracking import MlflowTracker\n"
        "with MlflowTracker(sys.argv[1]).run(name='dies') as run:\n"
        "    run.log_metrics({'loss': 1.0}, step=3)\n"
        "    print(run.run_id, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    dead = subprocess.run(
        [sys.executable, "-c", code, store_uri], capture_output=True, text=True, timeout=60
    )
    assert dead.returncode == -9, dead.stderr
    dead_id = dead.stdout.strip()
    assert client.get_run(dead_id).info.status == "RUNNING"
    alive, elsewhere = (client.create_run("0").info.run_id for _ in range(2))
    for tag, value in client.get_run(dead_id).data.tags.items():
        if tag.startswith("objloc."):
            client.set_tag(elsewhere, tag, "another host" if tag == "objloc.host" else value)
    with MlflowTracker(store_uri).run(name="next") as run:
        ended = client.get_run(dead_id)
        assert ended.info.status == "KILLED"
        assert "died without ending" in ended.data.tags["failure"]
        assert ended.info.end_time == client.get_metric_history(dead_id, "loss")[0].timestamp
        # Runs of a living process, of none that is known, and of another host are let alone.
        for other in (run.run_id, alive, elsewhere):
            assert client.get_run(other).info.status == "RUNNING"


def test_resuming_goes_on_with_the_same_run(store_uri: str, client: MlflowClient) -> None:
    tracker = MlflowTracker(store_uri)
    with tracker.run(name="x") as first:
        first.log_params({"epochs": 2})
    with tracker.run(name="x", resume_run_id=first.run_id) as second:
        assert client.get_run(first.run_id).info.status == "RUNNING"
        second.log_params({"epochs": 3, "new": 1})
    ended = client.get_run(first.run_id)
    assert second.run_id == first.run_id
    assert ended.info.status == "FINISHED"
    assert ended.data.params == {"epochs": "2", "new": "1"}
    assert ended.data.tags["resumed"] == "true"


def test_resuming_an_unknown_run_is_refused(store_uri: str) -> None:
    tracker = MlflowTracker(store_uri)
    with pytest.raises(TrackingError, match="0123"), tracker.run(name="x", resume_run_id="0123"):
        pass


def test_two_runs_at_once_do_not_mix(store_uri: str, client: MlflowClient) -> None:
    tracker = MlflowTracker(store_uri)
    with tracker.run(name="x") as one, tracker.run(name="x") as two:
        one.log_metrics({"loss": 1.0})
        two.log_metrics({"loss": 2.0})
    losses = [client.get_run(run.run_id).data.metrics["loss"] for run in (one, two)]
    assert losses == [1.0, 2.0]


def test_system_metrics(
    store_uri: str, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.1")
    with MlflowTracker(store_uri, system_metrics=True).run(name="x") as run:
        signal.sigtimedwait([], 0.5)
    assert "system/cpu_utilization_percentage" in client.get_run(run.run_id).data.metrics
