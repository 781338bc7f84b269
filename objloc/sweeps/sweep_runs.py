"""The runs of a sweep in MLflow: one parent, below it its jobs, or its settings and their jobs."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from objloc.comparison.comparison import Comparison
from objloc.comparison.comparison_page import comparison_page
from objloc.comparison.comparison_plots import comparison_plots
from objloc.comparison.comparison_text import full_text
from objloc.page_drawing import standalone
from objloc.tracking.dead_runs import end_dead_runs
from objloc.tracking.environment import environment_tags
from objloc.tracking.mlflow_logger import MlflowLogger
from objloc.tracking.process_tags import process_tags
from objloc.tracking.store import experiment_id, open_store, tracking_errors

_MAX_RUN_NAME = 150


class SweepRuns:
    """Starts, goes on with and ends the runs that stand above a sweep's jobs.

    Args:
        uri: of the tracking store.
        experiment: of the parent run and the settings' runs.
        sweep: the sweep's name.
    """

    def __init__(self, uri: str, experiment: str, sweep: str) -> None:
        self.uri = uri
        self.client: MlflowClient = open_store(uri)
        self._experiment = experiment
        self._sweep = sweep
        self.parent_id = ""

    def start(
        self,
        run_id: str,
        *,
        name: str,
        config: Mapping[str, Any],
        metrics: Sequence[str],
        modes: Sequence[str],
        keys: Sequence[str],
    ) -> str:
        """Start the parent run, or go on with it; its id.

        Args:
            run_id: of the parent of an earlier start; "" for a new one.
            name: of the run.
            config: the sweep's.
            metrics: the objectives.
            modes: "max" or "min" of each.
            keys: what is varied.
        """
        tags = {
            **environment_tags(),
            **process_tags(),
            "sweep": "parent",
            "sweep.name": self._sweep,
            "sweep.metric": ",".join(metrics),
            "sweep.mode": ",".join(modes),
            "sweep.keys": ",".join(keys),
        }
        with tracking_errors(self.uri, "start the sweep's run"):
            end_dead_runs(self.client)
            if run_id:
                logger = MlflowLogger(self.client, run_id)
                logger.set_tags({**tags, "resumed": "true"})
                self.client.update_run(run_id, status="RUNNING")
            else:
                place = experiment_id(self.client, self._experiment)
                run = self.client.create_run(place, tags=tags, run_name=name[:_MAX_RUN_NAME])
                run_id = str(run.info.run_id)
                logger = MlflowLogger(self.client, run_id)
        logger.log_config(config)
        self.parent_id = run_id
        return run_id

    def start_setting(self, trial: int, setting: str) -> str:
        """The run that a setting's seeds hang under; its id."""
        with tracking_errors(self.uri, "start a setting's run"):
            run = self.client.create_run(
                experiment_id(self.client, self._experiment),
                tags={
                    **process_tags(),
                    "sweep": "setting",
                    "sweep.name": self._sweep,
                    "sweep.trial": str(trial),
                    "sweep.setting": setting,
                    "mlflow.parentRunId": self.parent_id,
                },
                run_name=f"{trial}: {setting}"[:_MAX_RUN_NAME],
            )
        return str(run.info.run_id)

    def resume_setting(self, run_id: str) -> None:
        """Go on with a setting's run, so that it is not taken for one that a dead process left."""
        MlflowLogger(self.client, run_id).set_tags(process_tags())
        with tracking_errors(self.uri, "go on with a setting's run"):
            self.client.update_run(run_id, status="RUNNING")

    def end_setting(self, run_id: str, state: str, metrics: Mapping[str, float]) -> None:
        """End a setting's run with the means over its seeds."""
        logger = MlflowLogger(self.client, run_id)
        logger.log_metrics(metrics)
        logger.set_tags({"outcome": state})
        with tracking_errors(self.uri, "end a setting's run"):
            self.client.set_terminated(run_id, _STATUS[state])

    def show(self, comparison: Comparison, title: str, best_pictures: Path | None) -> None:
        """Renew the parent's summary: table of jobs, best so far, drawings, pictures.

        Args:
            comparison: of all that has ended.
            title: of the summary.
            best_pictures: folder with the best job's pictures, if it is on this machine.
        """
        logger = MlflowLogger(self.client, self.parent_id)
        best = comparison.best
        if best is not None:
            ended = len(comparison.runs)
            logger.log_metrics({f"best/{comparison.metrics[0]}": best.interval.mean}, ended)
        logger.set_tags({"mlflow.note.content": "\n".join(comparison.sentences)})
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            (folder / "summary.md").write_text(full_text(comparison, title), encoding="utf-8")
            plots = comparison_plots(comparison)
            comparison_page(comparison, title, plots=plots).write(folder / "summary.html")
            (folder / "plots").mkdir()
            for number, (svg, _) in enumerate(plots):
                (folder / "plots" / f"{number}.svg").write_text(standalone(svg), encoding="utf-8")
            if best_pictures is not None:
                (folder / "best").mkdir()
                for picture in best_pictures.glob("test*.png"):
                    shutil.copyfile(picture, folder / "best" / picture.name)
            with tracking_errors(self.uri, "take the sweep's summary"):
                self.client.log_artifacts(self.parent_id, str(folder))

    def end(self, status: str) -> None:
        """End the parent run: FINISHED, FAILED or KILLED."""
        with tracking_errors(self.uri, "end the sweep's run"):
            self.client.set_terminated(self.parent_id, status)


_STATUS = {"FINISHED": "FINISHED", "PRUNED": "KILLED", "FAILED": "FAILED"}
