"""What a sweep has come to so far: on the terminal and on its parent run's page."""

import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from optuna.trial import TrialState

from objloc.comparison.compared_run import ComparedRun
from objloc.comparison.comparison import Comparison, compare
from objloc.sweeps.outcome import Outcome, State
from objloc.sweeps.sweep_plan import SweepPlan
from objloc.sweeps.sweep_runs import SweepRuns
from objloc.sweeps.sweep_study import SweepStudy, SweepTrial


class SweepSummary:
    """Keeps a sweep's runs and its summary up to date as trials begin and end.

    Args:
        study: of the sweep.
        runs: the runs in the tracking store; None where nothing is tracked.
        plan: of the sweep.
        title: of the summary.
    """

    def __init__(
        self, study: SweepStudy, runs: SweepRuns | None, plan: SweepPlan, title: str
    ) -> None:
        self._study = study
        self._runs = runs
        self._title = title
        self._several_seeds = len(plan.seeds) > 1
        self._metrics = plan.metrics
        self._modes = plan.modes

    def comparison(self) -> Comparison:
        """All that has ended, compared."""
        found = [
            _compared(trial, seed, outcome)
            for trial, _, outcomes in self._study.ended()
            for seed, outcome in outcomes
        ]
        return compare(found, ",".join(self._metrics), ",".join(self._modes))

    def trial_begins(self, trial: SweepTrial) -> str:
        """Say so; the run that its jobs are to hang under."""
        print(f"\ntrial {trial.number} of {self._study.total}: {trial.text}", flush=True)
        if self._runs is None:
            return ""
        if not self._several_seeds:
            return self._runs.parent_id
        run_id = self._study.setting_run(trial.number)
        if run_id:
            self._runs.resume_setting(run_id)
        else:
            run_id = self._runs.start_setting(trial.number, trial.text)
            self._study.keep_setting_run(trial.number, run_id)
        return run_id

    def trial_ended(self, trial: SweepTrial, state: State, metrics: Mapping[str, float]) -> None:
        """Say what it came to, and renew the summary."""
        if self._runs is not None and self._several_seeds:
            run_id = self._study.setting_run(trial.number)
            self._runs.end_setting(run_id, state, metrics)
        comparison = self.comparison()
        print(self._line(trial, state, metrics, comparison), flush=True)
        self.show(comparison)

    def show(self, comparison: Comparison) -> None:
        """Renew the summary in the tracking store."""
        if self._runs is not None:
            self._runs.show(comparison, self._title, self._pictures(comparison))

    def counts(self) -> dict[str, int]:
        """Trials by how they ended."""
        states = [state for _, state, _ in self._study.ended()]
        return {
            "finished": states.count(TrialState.COMPLETE),
            "pruned": states.count(TrialState.PRUNED),
            "failed": states.count(TrialState.FAIL),
        }

    def _pictures(self, comparison: Comparison) -> Path | None:
        """The pictures of the best setting's first run, if they are on this machine."""
        if not comparison.settings:
            return None
        run = comparison.settings[0].runs[0]
        if run.trial is None or run.seed is None:
            return None
        folder = self._study.folder(run.trial, run.seed)
        pictures = Path(folder) / "pictures"
        return pictures if folder and pictures.is_dir() else None

    def _line(
        self,
        trial: SweepTrial,
        state: State,
        metrics: Mapping[str, float],
        comparison: Comparison,
    ) -> str:
        ended = sum(self.counts().values())
        line = f"trial {trial.number} {state}"
        if state == "FINISHED":
            line += "".join(f"  {name} {metrics[name]:.4f}" for name in self._metrics)
        else:
            reasons = (run.reason for run in comparison.runs if run.trial == trial.number)
            line += f"  {next(filter(None, reasons), '')}"
        line += f"  ({trial.text})  {ended} of {self._study.total} ended"
        if comparison.best is not None:
            best = comparison.best
            line += f"; best so far {best.interval.mean:.4f}: {best.setting or best.label}"
        return line


def _compared(trial: SweepTrial, seed: int, outcome: Outcome) -> ComparedRun:
    values = {key.lstrip("+"): value for key, value in trial.setting.items() if key != "seed"}
    started = datetime.fromisoformat(outcome.started).timestamp() if outcome.started else 0.0
    return ComparedRun(
        run_id=outcome.run_id,
        name=f"{trial.number}: {trial.text}",
        setting=" ".join(f"{key}={value}" for key, value in values.items()),
        values=values,
        seed=seed,
        metrics=outcome.metrics,
        status=outcome.state,
        outcome=outcome.state,
        reason=outcome.reason,
        started=started,
        seconds=outcome.seconds or math.nan,
        trial=trial.number,
    )
