"""objloc's sweeper on Hydra's plugin interface: grids and searches that can be gone on with.

Its parts are imported when a sweep begins: Hydra loads this file with every command.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from objloc.config.check import plain
from objloc.errors import ConfigError, ObjlocError, SweepError
from objloc.process_mark import ProcessMark
from objloc.sigterm import sigterm_as_exit

if TYPE_CHECKING:
    from objloc.sweeps.launching import Launching
    from objloc.sweeps.sweep_folder import SweepRecord
    from objloc.sweeps.sweep_plan import SweepPlan
    from objloc.sweeps.sweep_runs import SweepRuns
    from objloc.sweeps.sweep_summary import SweepSummary

_MLFLOW = "objloc.tracking.MlflowTracker"


class TrialSweeper(Sweeper):
    """Runs every combination of what is varied, or what an Optuna sampler chooses.

    A sweep lies in one folder: `sweep.json`, the study, and a folder for each job. The same command
    goes on with it until it has ended: jobs that ended are not run again, those that were
    interrupted go on from their last checkpoint.

    Args:
        definition: what tells this sweep from others (`objloc.config.sweep.definition`).
    """

    config: DictConfig
    launcher: Launcher
    hydra_context: HydraContext

    def __init__(self, definition: str | None = None) -> None:
        self.definition = definition or ""
        self._launching: Launching | None = None

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Take the config and make the launcher."""
        from objloc.sweeps.launching import launching

        with _said_by_the_command():
            # First: it says which package is missing.
            self._launching = launching(plain(config.hydra.launcher), config.sweep.parallel)
        self.config, self.hydra_context = config, hydra_context
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        """Run the sweep; end the process with an error where a job failed."""
        with _said_by_the_command(), sigterm_as_exit():
            self._sweep(arguments)

    def _sweep(self, arguments: list[str]) -> None:
        from objloc.sweeps.launch_maker import LaunchMaker
        from objloc.sweeps.slots import Slots
        from objloc.sweeps.sweep_loop import SweepLoop
        from objloc.sweeps.sweep_plan import sweep_plan
        from objloc.sweeps.sweep_study import SweepStudy
        from objloc.sweeps.sweep_summary import SweepSummary

        config, launching = self.config, self._launching
        assert launching is not None
        plan = sweep_plan(config, arguments, self.hydra_context.config_loader)
        folder = Path(str(config.hydra.sweep.dir)).absolute()
        record = self._record(folder, arguments)
        study = SweepStudy(
            record.storage,
            record.study,
            plan.modes,
            plan.space.dimensions,
            points=config.sweep.points,
            make_sampler=plan.make_sampler,
            n_trials=config.sweep.n_trials,
        )
        study.wait_for_jobs(plan.seeds)
        if config.sweep.retry_failed:
            study.try_failed_again()
        runs = self._start_runs(record, plan)
        if runs is not None:
            record = replace(record, run_id=runs.parent_id)
        record.write(folder)
        summary = SweepSummary(study, runs, plan, title=f"{config.name}: {record.name}")
        ended = sum(summary.counts().values())
        if ended or study.begun():
            print(f"goes on with {folder}: {ended} of {study.total} trials have ended", flush=True)
        loop = SweepLoop(
            study,
            Slots(self.launcher, launching.at_once, launching.in_process),
            seeds=plan.seeds,
            metrics=plan.metrics,
            prunes=plan.prunes,
            make_launch=LaunchMaker(config, plan, record, launching),
            watcher=summary,
        )
        try:
            loop.run()
        except BaseException:
            if runs is not None:
                runs.end("KILLED")
            print(f"\ninterrupted; the same command goes on with {folder}", flush=True)
            raise
        _end(folder, record, summary, runs)

    def _record(self, folder: Path, arguments: list[str]) -> "SweepRecord":
        """The sweep's record: an earlier start's, or a new one."""
        from objloc.sweeps.sweep_folder import SweepRecord, check_idle, new_record

        earlier = SweepRecord.read(folder)
        if earlier is None:
            tracked = OmegaConf.select(self.config, "tracking._target_") == _MLFLOW
            uri = str(self.config.tracking.uri) if tracked else ""
            return new_record(folder, self.definition, arguments, uri, self.config.sweep.storage)
        check_idle(folder, earlier)
        if earlier.definition != self.definition:
            raise ConfigError(
                f"hydra.sweep.dir={folder} holds another sweep: {' '.join(earlier.command)}; give "
                "its command, or another folder"
            )
        return replace(earlier, process=ProcessMark.mine(), status="RUNNING")

    def _start_runs(self, record: "SweepRecord", plan: "SweepPlan") -> "SweepRuns | None":
        """Start the parent run, or go on with it, where runs are tracked."""
        if not record.uri:
            return None
        from objloc.sweeps.sweep_runs import SweepRuns

        config = self.config
        runs = SweepRuns(record.uri, config.tracking.experiment or config.name, record.name)
        runs.start(
            record.run_id,
            name=" ".join([config.name, *plan.keys]),
            config=plain(OmegaConf.masked_copy(config, [key for key in config if key != "hydra"])),
            metrics=plan.metrics,
            modes=plan.modes,
            keys=plan.keys,
        )
        return runs


def _end(
    folder: Path, record: "SweepRecord", summary: "SweepSummary", runs: "SweepRuns | None"
) -> None:
    """Say what the sweep came to.

    Raises:
        SweepError: a trial failed.
    """
    from objloc.comparison.comparison_text import short_text

    counts, comparison = summary.counts(), summary.comparison()
    record.write(folder, "FINISHED")
    if runs is not None:
        summary.show(comparison)  # an earlier start may have been killed before it could
        runs.end("FAILED" if counts["failed"] else "FINISHED")
    print(f"\n{short_text(comparison)}")
    print(f"sweep    {folder}")
    print(f"compare  python -m objloc.compare sweep={folder}")
    if counts["failed"]:
        none = "" if counts["finished"] else "; none was finished"
        raise SweepError(
            f"{counts['failed']} of {sum(counts.values())} trials failed{none}; the table above "
            "says why (sweep.retry_failed=true runs them again)"
        )


@contextlib.contextmanager
def _said_by_the_command() -> Iterator[None]:
    """Ends the process by an error that the command says; Hydra would show where it was raised."""
    try:
        yield
    except ObjlocError as error:
        raise SystemExit(1) from error
