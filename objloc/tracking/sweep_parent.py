"""The run that stands above the runs of a multirun."""

import atexit
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_VARIABLE = "OBJLOC_SWEEP_PARENT"  # child processes of any launcher inherit it
_TRACKER = "objloc.tracking.MlflowTracker"


class SweepParent(Callback):
    """A Hydra callback: gives every multirun one parent run in MLflow, named after the sweep.

    `MlflowTracker.run` hangs its runs under it, in this process or a launcher's. The parent's id
    also goes to `sweep_parent.json` in the sweep's folder, and in the end a table of the jobs to
    the parent's files. Without MLflow (`tracking=off`) and outside a multirun it does nothing.
    """

    def __init__(self) -> None:
        self._end: Callable[[bool], None] | None = None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Starts the parent run."""
        if OmegaConf.select(config, "tracking._target_") != _TRACKER:
            return
        # Here, not above: MLflow takes seconds to import, and most commands are no multirun.
        from objloc.tracking.dead_runs import end_dead_runs
        from objloc.tracking.environment import environment_tags
        from objloc.tracking.process_tags import process_tags
        from objloc.tracking.store import experiment_id, open_store, tracking_errors

        uri = str(config.tracking.uri)
        name = _select(config, "name") or "sweep"
        client = open_store(uri)
        with tracking_errors(uri, "start the sweep's run"):
            end_dead_runs(client)
            parent = client.create_run(
                experiment_id(client, _select(config, "tracking.experiment") or name),
                tags={**environment_tags(), **process_tags(), "sweep": "parent"},
                run_name=" ".join([name, *_varied(config)])[:150],
            ).info.run_id
        os.environ[_VARIABLE] = json.dumps({"uri": uri, "run_id": parent})
        folder = Path(str(config.hydra.sweep.dir))
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"uri": uri, "run_id": parent}, indent=2)
        (folder / "sweep_parent.json").write_text(text + "\n", encoding="utf-8")

        def end(complete: bool) -> None:
            os.environ.pop(_VARIABLE, None)
            _end_parent(client, parent, complete)

        self._end = end
        atexit.register(self._end_early)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Ends the parent: FINISHED if every job has, else FAILED."""
        atexit.unregister(self._end_early)
        if self._end is not None:
            self._end(True)
            self._end = None

    def _end_early(self) -> None:
        """Hydra calls no callback when a job's error ends the sweep: the process' end does."""
        if self._end is not None:
            self._end(False)
            self._end = None


def parent_run_id(uri: str) -> str | None:
    """The parent of the sweep that this process works for, if that lies in the store at `uri`."""
    parent = json.loads(os.environ.get(_VARIABLE, "{}"))
    return parent["run_id"] if parent.get("uri") == uri else None


def _varied(config: DictConfig) -> list[str]:
    """What the sweep turns: overrides with several values, and a sweeper's search space."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    given = [str(one) for one in _select(config, "hydra.overrides.task") or []]
    parsed = OverridesParser.create().parse_overrides(given)
    space = _select(config, "hydra.sweeper.params") or {}
    turned = [text for text, one in zip(given, parsed, strict=True) if one.is_sweep_override()]
    return [*turned, *(f"{key}={value}" for key, value in space.items())]


def _select(config: DictConfig, key: str) -> Any:
    """A key's value, or None where it is missing or still to be filled in."""
    return OmegaConf.select(config, key, default=None, throw_on_missing=False)


def _end_parent(client: "MlflowClient", parent: str, complete: bool) -> None:
    """Writes the table of jobs and ends the parent run by what became of them."""
    # All experiments: a sweep over experiment files leaves its jobs in several.
    jobs = client.search_runs(
        [experiment.experiment_id for experiment in client.search_experiments(max_results=1000)],
        f"tags.mlflow.parentRunId = '{parent}'",
        max_results=1000,
        order_by=["attributes.start_time"],
    )
    states = [job.info.status for job in jobs]
    if complete and jobs and set(states) == {"FINISHED"}:
        status = "FINISHED"
    elif complete or "FAILED" in states:
        status = "FAILED"
    else:
        status = "KILLED"
    ended = f"{states.count('FINISHED')} of {len(jobs)} jobs finished"
    client.log_text(parent, _table(jobs), "jobs.md")
    client.set_tag(parent, "mlflow.note.content", ended)
    client.set_terminated(parent, status)


def _table(jobs: "list[Run]") -> str:
    """The jobs in Markdown: name, state, and every test metric that any of them has."""
    names = sorted({key for job in jobs for key in job.data.metrics if key.startswith("test/")})
    rows = [["job", "run", "status", *names], ["---"] * (3 + len(names))]
    for job in jobs:
        numbers = [f"{job.data.metrics[k]:.4f}" if k in job.data.metrics else "" for k in names]
        rows.append([str(job.info.run_name), job.info.run_id, job.info.status, *numbers])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
