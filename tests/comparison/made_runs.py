"""Runs for tests of comparisons: made up, and recorded in a store as a sweep records them."""

from collections.abc import Mapping
from typing import Any

from mlflow import MlflowClient

from objloc.comparison.compared_run import ComparedRun

METRIC = "val/mean_iou"


def made_run(
    values: Mapping[str, str],
    seed: int | None,
    metrics: float | Mapping[str, float],
    outcome: Any = "FINISHED",
    reason: str = "",
) -> ComparedRun:
    """A run; a number alone is its `val/mean_iou`."""
    setting = " ".join(f"{key}={value}" for key, value in values.items())
    return ComparedRun(
        run_id=f"{setting} {seed}",
        name=f"job {setting}",
        setting=setting,
        values=dict(values),
        seed=seed,
        metrics=dict(metrics) if isinstance(metrics, Mapping) else {METRIC: metrics},
        status="FINISHED" if outcome == "FINISHED" else "KILLED",
        outcome=outcome,
        reason=reason,
        started=1.7e9,
        seconds=60.0,
        trial=0,
    )


def runs_of(key: str, numbers: Mapping[str, list[float]]) -> list[ComparedRun]:
    """A run for each value of a key and each of its numbers, which stand for seeds 0, 1, …"""
    return [
        made_run({key: value}, seed, number)
        for value, each in numbers.items()
        for seed, number in enumerate(each)
    ]


def record(
    client: MlflowClient,
    tags: Mapping[str, str],
    *,
    params: Mapping[str, object] | None = None,
    metrics: Mapping[str, float] | None = None,
    status: str = "FINISHED",
    experiment: str = "0",
    start: int | None = None,
) -> str:
    """A run in the store; its id."""
    run = client.create_run(experiment, tags=dict(tags), start_time=start)
    run_id = str(run.info.run_id)
    for name, value in (params or {}).items():
        client.log_param(run_id, name, value)
    for name, number in (metrics or {}).items():
        client.log_metric(run_id, name, number)
    if status != "RUNNING":
        client.set_terminated(run_id, status)
    return run_id


def record_parent(client: MlflowClient, name: str, **tags: str) -> str:
    """The run above a sweep's jobs; its id."""
    said = {"sweep.metric": METRIC, "sweep.mode": "max", "sweep.keys": "loss.box", **tags}
    return record(client, {"sweep": "parent", "sweep.name": name, **said})


def record_job(
    client: MlflowClient,
    parent: str,
    trial: int,
    setting: str,
    value: float | None,
    *,
    seed: int = 0,
    outcome: str = "FINISHED",
    status: str | None = None,
    **more: str,
) -> str:
    """A job of a sweep; its id."""
    tags = {
        "sweep": "job",
        "mlflow.parentRunId": parent,
        "sweep.trial": str(trial),
        "sweep.setting": setting,
        "outcome": outcome,
        **more,
    }
    return record(
        client,
        tags,
        params={"seed": seed},
        metrics={} if value is None else {METRIC: value},
        status=status or ("FINISHED" if outcome == "FINISHED" else "KILLED"),
    )
