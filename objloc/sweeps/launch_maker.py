"""Makes the command lines of a sweep's jobs."""

from omegaconf import DictConfig

from objloc.process_mark import ProcessMark
from objloc.sweeps.job import VARIABLE, SweepJob
from objloc.sweeps.launching import Launching
from objloc.sweeps.slots import Launch
from objloc.sweeps.studies import serve
from objloc.sweeps.sweep_folder import SweepRecord
from objloc.sweeps.sweep_plan import SweepPlan
from objloc.sweeps.sweep_study import SweepTrial


class LaunchMaker:
    """Makes a job's command line of a trial, a seed and the run that it hangs under.

    Args:
        config: the sweep's.
        plan: the same, read.
        record: of the sweep.
        launching: how jobs are run. To jobs that may run on other computers, a study that is kept
            in a file is served.
    """

    def __init__(
        self, config: DictConfig, plan: SweepPlan, record: SweepRecord, launching: Launching
    ) -> None:
        self._plan = plan
        self._record = record
        self._launching = launching
        self._seed = config.seed
        self._fixed = list(plan.space.fixed)
        if launching.threads is not None and config.trainer.threads is None:
            self._fixed.append(f"trainer.threads={launching.threads}")
        in_file = record.storage.startswith("sqlite:")
        self._storage = serve(record.storage) if launching.far and in_file else record.storage
        self._sweeper = ProcessMark.mine()

    def __call__(self, trial: SweepTrial, seed: int, parent: str) -> Launch:
        """The job."""
        plan = self._plan
        job = SweepJob(
            storage=self._storage,
            study=self._record.study,
            trial=trial.number,
            seed=seed,
            setting=trial.text,
            parent=parent,
            metrics=plan.metrics,
            modes=plan.modes,
            prunable=plan.prunes and seed == plan.seeds[0],
            apart=not self._launching.in_process,
            sweep=self._record.name,
            sweeper=self._sweeper,
        )
        overrides = [*self._fixed, *(f"{key}={value}" for key, value in trial.setting.items())]
        if "seed" not in trial.setting and seed != self._seed:
            overrides.append(f"seed={seed}")
        folder = f"{trial.number}/seed{seed}" if len(plan.seeds) > 1 else str(trial.number)
        overrides.append(f"hydra.sweep.subdir={folder}")
        overrides.append(f"hydra.job.env_set.{VARIABLE}='{job.as_text()}'")
        return Launch(trial.number, seed, tuple(overrides))
