"""objloc's sweeper on Hydra's plugin interface: grids and searches that can be gone on with.

Its parts are imported when a sweep begins: Hydra loads this file with every command.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from objloc.config import build
from objloc.config.check import plain
from objloc.errors import ConfigError, ObjlocError, SweepError
from objloc.sigterm import sigterm_as_exit

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

    from objloc.config.sweep_space import SweepSpace
    from objloc.sweeps.launching import Launching
    from objloc.sweeps.slots import Launch
    from objloc.sweeps.sweep_folder import SweepRecord
    from objloc.sweeps.sweep_runs import SweepRuns
    from objloc.sweeps.sweep_study import SweepTrial

_MLFLOW = "objloc.tracking.MlflowTracker"
# Scrambled once for all its numbers: another seed for each trial would make them no sequence.
_SEEDED_ONCE = "optuna.samplers.QMCSampler"
_NO_PRUNER = "optuna.pruners.NopPruner"


class TrialSweeper(Sweeper):
    """Runs every combination of what is varied, or what an Optuna sampler chooses.

    A sweep lies in one folder: `sweep.json`, the study, and a folder for each job. The same command
    goes on with it until it has ended: jobs that ended are not run again, those that were
    interrupted go on from their last checkpoint.

    Args:
        definition: what tells this sweep from others (`objloc.config.sweep.definition`).
    """

    def __init__(self, definition: str | None = None) -> None:
        self.definition = definition or ""
        self.config: DictConfig | None = None
        self.launcher: Launcher | None = None
        self.hydra_context: HydraContext | None = None

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Take the config and make the launcher."""
        with _said_by_the_command():
            self._set_up(hydra_context, task_function, config)

    def _set_up(
        self, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        from objloc.sweeps.launching import launching

        self.config, self.hydra_context = config, hydra_context
        # First: it says which package is missing.
        self._launching = launching(plain(config.hydra.launcher), config.sweep.parallel)
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        """Run the sweep; end the process with an error where a job failed."""
        with _said_by_the_command(), sigterm_as_exit():
            self._sweep(arguments)

    def _sweep(self, arguments: list[str]) -> None:
        from objloc.config.sweep_space import sweep_space
        from objloc.sweeps.sweep_loop import SweepLoop
        from objloc.sweeps.sweep_study import SweepStudy
        from objloc.sweeps.sweep_summary import SweepSummary

        config, context = self.config, self.hydra_context
        assert config is not None
        assert context is not None
        metrics, modes = _objectives(config)
        space = sweep_space(arguments, plain(config.sweep.space), context.config_loader)
        seeds = _seeds(config, space)
        if _choice(config, "sampler") is not None and not space.dimensions:
            raise ConfigError(
                "there is nothing to search: vary a key ('optimizer.learning_rate=tag(log, "
                "interval(1e-4, 1e-2))'), or add an option of the group sweep (--help sweep)"
            )
        folder = Path(str(config.hydra.sweep.dir)).absolute()
        record = self._record(folder, arguments)
        study = SweepStudy(
            record.storage,
            record.study,
            modes,
            space.dimensions,
            points=config.sweep.points,
            make_sampler=_sampler_maker(config),
            n_trials=config.sweep.n_trials,
        )
        _wait_for_jobs(study, seeds)
        if config.sweep.retry_failed:
            study.try_failed_again()
        runs = self._start_runs(record, space, metrics, modes)
        record = _with_run(record, runs)
        record.write(folder)
        summary = SweepSummary(
            study,
            runs,
            title=f"{record.name}: {config.name}",
            seeds=seeds,
            metrics=metrics,
            modes=modes,
        )
        if any(summary.counts().values()) or study.begun():
            ended = sum(summary.counts().values())
            print(f"goes on with {folder}: {ended} of {study.total} trials have ended", flush=True)
        loop = SweepLoop(
            study,
            _slots(self.launcher, self._launching),
            seeds=seeds,
            metrics=metrics,
            prunes=_prunes(config),
            make_launch=self._launch_maker(record, space, metrics, modes, seeds),
            watcher=summary,
        )
        try:
            loop.run()
        except BaseException:
            if runs is not None:
                runs.end("KILLED")
            print(f"\ninterrupted; the same command goes on with {folder}", flush=True)
            raise
        self._end(folder, record, summary, runs)

    def _record(self, folder: Path, arguments: Sequence[str]) -> "SweepRecord":
        """The sweep's record: an earlier start's, or a new one."""
        from dataclasses import replace

        from objloc.process_mark import ProcessMark
        from objloc.sweeps.sweep_folder import SweepRecord, check_idle, new_record

        config = self.config
        assert config is not None
        tracked = OmegaConf.select(config, "tracking._target_") == _MLFLOW
        uri = str(config.tracking.uri) if tracked else ""
        earlier = SweepRecord.read(folder)
        if earlier is None:
            return new_record(folder, self.definition, arguments, uri, config.sweep.storage)
        check_idle(folder, earlier)
        if earlier.definition != self.definition:
            raise ConfigError(
                f"hydra.sweep.dir={folder} holds another sweep: {' '.join(earlier.command)}; give "
                "its command, or another folder"
            )
        return replace(earlier, process=ProcessMark.mine(), status="RUNNING")

    def _start_runs(
        self,
        record: "SweepRecord",
        space: "SweepSpace",
        metrics: Sequence[str],
        modes: Sequence[str],
    ) -> "SweepRuns | None":
        """Start or go on with the parent run, where runs are tracked."""
        if not record.uri:
            return None
        from objloc.sweeps.sweep_runs import SweepRuns

        config = self.config
        assert config is not None
        keys = [dimension.key for dimension in space.dimensions]
        runs = SweepRuns(record.uri, config.tracking.experiment or config.name, record.name)
        own = plain(OmegaConf.masked_copy(config, [key for key in config if key != "hydra"]))
        runs.start(
            record.run_id,
            name=" ".join([config.name, *(key.lstrip("+") for key in keys)]),
            config=own,
            metrics=metrics,
            modes=modes,
            keys=keys,
        )
        return runs

    def _launch_maker(
        self,
        record: "SweepRecord",
        space: "SweepSpace",
        metrics: Sequence[str],
        modes: Sequence[str],
        seeds: Sequence[int],
    ) -> "Callable[[SweepTrial, int, str], Launch]":
        """What makes a job's command line of a trial, a seed and the run that it hangs under."""
        from objloc.process_mark import ProcessMark
        from objloc.sweeps.job import VARIABLE, SweepJob
        from objloc.sweeps.slots import Launch

        config, launching = self.config, self._launching
        assert config is not None
        storage = _reachable(record.storage, launching)
        fixed = list(space.fixed)
        if launching.threads is not None and config.trainer.threads is None:
            fixed.append(f"trainer.threads={launching.threads}")
        sweeper = ProcessMark.mine()

        def make(trial: "SweepTrial", seed: int, parent: str) -> Launch:
            job = SweepJob(
                storage=storage,
                study=record.study,
                trial=trial.number,
                seed=seed,
                setting=trial.text,
                parent=parent,
                metrics=tuple(metrics),
                modes=tuple(modes),
                prunable=_prunes(config) and seed == seeds[0],
                apart=not launching.in_process,
                sweep=record.name,
                sweeper=sweeper,
            )
            overrides = [*fixed, *(f"{key}={value}" for key, value in trial.setting.items())]
            folder = str(trial.number)
            if "seed" not in trial.setting and seed != config.seed:
                overrides.append(f"seed={seed}")
            if len(seeds) > 1:
                folder += f"/seed{seed}"
            overrides.append(f"hydra.sweep.subdir={folder}")
            overrides.append(f"hydra.job.env_set.{VARIABLE}='{job.as_text()}'")
            return Launch(trial.number, seed, tuple(overrides))

        return make

    def _end(self, folder: Path, record: "SweepRecord", summary: Any, runs: Any) -> None:
        """Say what the sweep came to."""
        from objloc.sweeps.comparison_text import short_text

        comparison, counts = summary.comparison(), summary.counts()
        record.write(folder, "FINISHED")
        if runs is not None:
            runs.show(comparison, f"{record.name}: {record.name}", None)
            runs.end("FAILED" if counts["failed"] else "FINISHED")
        print(f"\n{short_text(comparison)}")
        print(f"sweep    {folder}")
        print(f"compare  python -m objloc.compare sweep={folder}")
        if counts["failed"]:
            total = sum(counts.values())
            none = "" if counts["finished"] else "; none was finished"
            raise SweepError(
                f"{counts['failed']} of {total} trials failed{none}; the table above says why "
                "(sweep.retry_failed=true runs them again)"
            )


@contextlib.contextmanager
def _said_by_the_command() -> Iterator[None]:
    """Ends the process by an error that the command says; Hydra would show where it was raised."""
    try:
        yield
    except ObjlocError as error:
        raise SystemExit(1) from error


def _objectives(config: DictConfig) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The metrics to make large or small, and which of the two."""

    def several(value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            return (value,)
        return tuple(str(one) for one in value)

    metrics, modes = several(config.sweep.metric), several(config.sweep.mode)
    if len(metrics) != len(modes):
        raise ConfigError(
            f"sweep.metric has {len(metrics)} ({', '.join(metrics)}) and sweep.mode {len(modes)}; "
            "give a mode for each"
        )
    if len(metrics) > 1 and _prunes(config):
        raise ConfigError(
            "Optuna prunes where there is one objective, and sweep.metric has "
            f"{len(metrics)} ({', '.join(metrics)}); leave one of them, or set pruner=none"
        )
    return metrics, modes


def _seeds(config: DictConfig, space: "SweepSpace") -> tuple[int, ...]:
    """The seeds that each setting is trained with."""
    if config.seeds > 1 and any(dimension.key == "seed" for dimension in space.dimensions):
        raise ConfigError(f"seeds={config.seeds} repeats each setting; don't vary seed besides")
    return tuple(range(config.seed, config.seed + config.seeds))


def _sampler_maker(config: DictConfig) -> "Callable[[int], BaseSampler] | None":
    """What makes the sampler that chooses a trial, with random numbers of the trial's own."""
    if _choice(config, "sampler") is None:
        return None
    node = OmegaConf.create({"sampler": plain(config.sampler)})

    def make(trial: int) -> "BaseSampler":
        import warnings

        from optuna.exceptions import ExperimentalWarning

        wanted = node.copy()
        seed = OmegaConf.select(wanted, "sampler.seed")
        if seed is not None and wanted.sampler["_target_"] != _SEEDED_ONCE:
            wanted.sampler.seed = seed + trial
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return build(wanted.sampler)

    return make


def _wait_for_jobs(study: Any, seeds: Sequence[int]) -> None:
    """Wait for jobs of an earlier start to see that their sweep is gone, and to end themselves."""
    import time

    for trial, seed in itertools.product(study.begun(), seeds):
        process = study.process(trial.number, seed)
        patience = 30.0
        while process is not None and process != process.mine() and process.is_alive():
            if study.outcome(trial.number, seed) is not None:
                break
            if patience <= 0:
                raise SweepError(
                    f"trial {trial.number} is still running in process {process.pid}, which an "
                    "earlier start of this sweep began; wait for it or end it"
                )
            time.sleep(0.5)
            patience -= 0.5


def _with_run(record: "SweepRecord", runs: "SweepRuns | None") -> "SweepRecord":
    from dataclasses import replace

    return record if runs is None else replace(record, run_id=runs.parent_id)


def _slots(launcher: Launcher | None, launching: "Launching") -> Any:
    from objloc.sweeps.slots import Slots

    assert launcher is not None
    return Slots(launcher, launching.at_once, launching.in_process)


def _reachable(storage: str, launching: "Launching") -> str:
    """The study's place as jobs on other computers can reach it: a file is served to them."""
    if not launching.far or not storage.startswith("sqlite:"):
        return storage
    from objloc.sweeps.studies import serve

    return serve(storage)


def _prunes(config: DictConfig) -> bool:
    """May a trial be stopped early?"""
    pruner = _choice(config, "pruner")
    return pruner is not None and pruner["_target_"] != _NO_PRUNER


def _choice(config: DictConfig, group: str) -> DictConfig | None:
    """What was chosen of a group that may be left out."""
    return OmegaConf.select(config, group)
