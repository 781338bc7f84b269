"""Starts runs in an MLflow store and ends them as they ended."""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from objloc.sigterm import EXIT_STATUS, sigterm_as_exit
from objloc.tracking.tracked_run import TrackedRun

if TYPE_CHECKING:
    from objloc.tracking.mlflow_logger import MlflowLogger

_MAX_RUN_NAME = 150
_OUTCOME = "outcome"


class MlflowTracker:
    """Where and how runs are recorded in MLflow.

    Cheap to make: MLflow is imported, and the store opened, when a run starts.

    Args:
        uri: of the store: `sqlite:///mlflow.db`, `http://HOST:5000`, …
        experiment: the MLflow experiment; None for the run's own name.
        run_name: None for one made of the run's name and its overrides.
        system_metrics: record the load of CPU, memory, disk and network too, every ten seconds.
        log_model: store trained models.
        tags: set on every run.
    """

    def __init__(
        self,
        uri: str = "sqlite:///mlflow.db",
        experiment: str | None = None,
        run_name: str | None = None,
        system_metrics: bool = False,
        log_model: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self.uri = uri
        self.experiment = experiment
        self.run_name = run_name
        self.system_metrics = system_metrics
        self.log_model = log_model
        self.tags = dict(tags or {})

    @contextmanager
    def run(
        self,
        *,
        name: str,
        overrides: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        resume_run_id: str | None = None,
        parent_run_id: str | None = None,
    ) -> Iterator[TrackedRun]:
        """A run that ends FINISHED, FAILED on an exception, or KILLED: Ctrl-C, SIGTERM, pruned.

        Command line, versions and git commit are recorded at once. Runs that a dead process left
        RUNNING are ended first.

        Args:
            name: what is run: the name of the experiment file.
            overrides: what the command line changed, for the run's name.
            tags: to search and compare runs by.
            resume_run_id: go on with this run instead of starting one.
            parent_run_id: of the same store; the run hangs under it.

        Raises:
            TrackingError: the store cannot be opened, or does not hold the run to resume.
        """
        # Here, not above: MLflow takes seconds to import.
        from objloc.tracking.dead_runs import end_dead_runs
        from objloc.tracking.environment import environment_tags
        from objloc.tracking.mlflow_logger import MlflowLogger
        from objloc.tracking.process_tags import process_tags
        from objloc.tracking.store import experiment_id, open_store, tracking_errors

        client = open_store(self.uri)
        all_tags = {**environment_tags(), **process_tags(), **self.tags, **(tags or {})}
        with tracking_errors(self.uri, "start the run"):
            end_dead_runs(client)
            if resume_run_id is None:
                if parent_run_id:
                    all_tags["mlflow.parentRunId"] = parent_run_id
                run = client.create_run(
                    experiment_id(client, self.experiment or name),
                    tags={key: str(value)[:8000] for key, value in all_tags.items()},
                    run_name=self.run_name or _run_name(name, overrides),
                )
                logger = MlflowLogger(client, run.info.run_id, self.log_model)
            else:
                logger = MlflowLogger(client, resume_run_id, self.log_model)
                client.get_run(resume_run_id)  # an unknown id is an error of its own
                # Tags first: RUNNING under a dead process' tags would be ended by another start.
                logger.set_tags({**all_tags, "resumed": "true"})
                client.update_run(resume_run_id, status="RUNNING")
        try:
            with sigterm_as_exit(), self._system_metrics(logger):
                yield logger
        except BaseException as error:
            _end_badly(logger, error)
            raise
        logger.set_tags({_OUTCOME: "FINISHED"})
        with tracking_errors(self.uri, "end the run"):
            client.set_terminated(logger.run_id, "FINISHED")

    @contextmanager
    def _system_metrics(self, logger: "MlflowLogger") -> Iterator[None]:
        """Samples the machine's load in a thread, if asked to."""
        if not self.system_metrics:
            yield
            return
        from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

        monitor = SystemMetricsMonitor(logger.run_id, tracking_uri=logger.client.tracking_uri)
        monitor.start()
        try:
            yield
        finally:
            monitor.finish()


def _run_name(name: str, overrides: Sequence[str]) -> str:
    """The name and what was changed; choices that the name or the store tell are left out."""
    told = ("+experiment=", "experiment=", "tracking=", "tracking.", "hydra.", "output_root=")
    changed = [one for one in overrides if not one.startswith(told)]
    return " ".join([name, *changed])[:_MAX_RUN_NAME]


def _end_badly(logger: "MlflowLogger", error: BaseException) -> None:
    """Ends the run as FAILED or KILLED, with the reason; never hides the error itself."""
    from objloc.errors import PrunedError, TrackingError
    from objloc.tracking.store import tracking_errors

    pruned = isinstance(error, PrunedError)
    killed = isinstance(error, KeyboardInterrupt | GeneratorExit) or (
        isinstance(error, SystemExit) and error.code in (130, EXIT_STATUS)  # 128 + SIGINT, SIGTERM
    )
    finished = isinstance(error, SystemExit) and error.code in (None, 0)
    # MLflow has no word for a run that was pruned; the tag says it.
    status = "KILLED" if killed or pruned else "FINISHED" if finished else "FAILED"
    try:
        with tracking_errors(logger.client.tracking_uri, "end the run"):
            if not finished:
                outcome = "PRUNED" if pruned else status
                reason = str(error) if pruned else f"{type(error).__name__}: {error}"
                if killed:
                    reason = "interrupted"
                told = {"failure": reason, "mlflow.note.content": f"{outcome}: {reason}"}
                logger.set_tags({**told, _OUTCOME: outcome})
            if status == "FAILED":
                logger.log_text("".join(traceback.format_exception(error)), "failure.txt")
            logger.client.set_terminated(logger.run_id, status)
    except TrackingError as second:
        error.add_note(f"and the run could not be ended as {status}: {second}")
