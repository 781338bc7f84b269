"""How far a job of a sweep has come, and whether it is worth going on."""

import optuna

from objloc.errors import PrunedError
from objloc.sweeps.job import SweepJob
from objloc.sweeps.studies import frozen_trial, open_study


class TrialProgress:
    """What a job reports to the study's pruner.

    Args:
        job: that reports.
        pruner: decides by what the other trials had come to at the same epoch.

    Attributes:
        metric: what is reported: the objective.
    """

    def __init__(self, job: SweepJob, pruner: optuna.pruners.BasePruner) -> None:
        self.metric = job.metrics[0]
        study = open_study(job.storage, job.study, job.modes, pruner)
        trial = frozen_trial(study, job.trial)
        self._trial = optuna.trial.Trial(study, trial._trial_id)
        self._reported = set(trial.intermediate_values)

    def report(self, epoch: int, epochs: int, value: float) -> None:
        """Report an epoch, unless the job did so before it was interrupted.

        Args:
            epoch: that has ended, counted from 1.
            epochs: of the whole training.
            value: of the objective.

        Raises:
            PrunedError: the job is hopeless.
        """
        if epoch not in self._reported:
            self._trial.report(value, epoch)
        if epoch < epochs and self._trial.should_prune():
            raise PrunedError(f"stopped after epoch {epoch} of {epochs}: {self.metric} {value:.4f}")
