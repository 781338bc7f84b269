"""Setting right the runs whose process died without a word."""

from mlflow import MlflowClient
from mlflow.entities import Run

from objloc.tracking.process_tags import is_orphan

REASON = "the process died without ending the run (SIGKILL, out of memory or a power cut)"


def end_dead_runs(client: MlflowClient) -> list[str]:
    """Ends as KILLED every run that is marked RUNNING but whose process, on this host, is dead.

    Returns:
        The ids of the runs ended.
    """
    experiments = [e.experiment_id for e in client.search_experiments(max_results=1000)]
    running = client.search_runs(experiments, "attributes.status = 'RUNNING'", max_results=1000)
    dead = [run for run in running if is_orphan(run.data.tags)]
    for run in dead:
        client.set_tag(run.info.run_id, "failure", REASON)
        client.set_terminated(run.info.run_id, "KILLED", _last_sign(client, run))
    return [run.info.run_id for run in dead]


def _last_sign(client: MlflowClient, run: Run) -> int:
    """When the run last logged a metric, or else started: milliseconds since 1970."""
    for key in run.data.metrics:
        history = client.get_metric_history(run.info.run_id, key)
        return max(point.timestamp for point in history)
    return int(run.info.start_time)
