"""The trials of a sweep: what is still to be tried, and what was."""

import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from objloc.config.sweep_space import Choices, Dimension
from objloc.errors import SweepError
from objloc.process_mark import ProcessMark
from objloc.sweeps.job import attribute
from objloc.sweeps.outcome import Outcome
from objloc.sweeps.studies import frozen_trial, keep, open_study

_PATIENCE_SECONDS = 30.0
_EXTRAS = {"torch": "gp", "cmaes": "cmaes"}
_SETTING, _RUN, _REPLACED = "setting", "run", "replaced"


@dataclass(frozen=True)
class SweepTrial:
    """A setting to try.

    Attributes:
        number: counts from 0; also the name of its folder.
        setting: key to value, as in overrides.
    """

    number: int
    setting: Mapping[str, str]

    @property
    def text(self) -> str:
        """The setting in words: "loss.box=giou optimizer.learning_rate=0.001"."""
        pairs = (f"{key.lstrip('+')}={value}" for key, value in self.setting.items())
        return " ".join(pairs) or "as it is"


class SweepStudy:
    """An Optuna study in which each trial keeps its setting and what its jobs came to.

    A grid's trials are all put into it at the beginning, waiting. A search asks Optuna's sampler
    for the next; what it chooses depends on the trial's number and on what the others have come
    to, not on how often the sweep was started.

    Args:
        uri: see `open_storage`.
        name: of the study.
        modes: "max" or "min" of each objective.
        dimensions: what is varied.
        points: values that a grid takes of an interval.
        make_sampler: (number of the trial) → the sampler that chooses it; None for a grid.
        n_trials: settings that a search tries in all.
    """

    def __init__(
        self,
        uri: str,
        name: str,
        modes: Sequence[str],
        dimensions: Sequence[Dimension],
        *,
        points: int,
        make_sampler: Callable[[int], BaseSampler] | None,
        n_trials: int,
    ) -> None:
        self.study = open_study(uri, name, modes)
        self.dimensions = tuple(dimensions)
        self._make_sampler = make_sampler
        self._n_trials = n_trials
        for trial in self.study.get_trials(deepcopy=False, states=[TrialState.RUNNING]):
            if _SETTING not in trial.user_attrs:  # killed before it had one
                self.study.tell(trial.number, state=TrialState.FAIL)
        if make_sampler is None:
            self._put_in(points)

    @property
    def total(self) -> int:
        """How many trials there are to be in all."""
        known = len(self._trials())
        return known if self._make_sampler is None else max(known, self._n_trials)

    def _put_in(self, points: int) -> None:
        """Put every setting of the grid that is not there yet into the study, waiting."""
        known = {json.dumps(trial.user_attrs[_SETTING]) for trial in self._trials()}
        grids = [
            [(dimension.key, value) for value in dimension.grid(points)]
            for dimension in self.dimensions
        ]
        for pairs in itertools.product(*grids):
            if json.dumps(dict(pairs)) not in known:
                self.study.enqueue_trial({}, user_attrs={_SETTING: dict(pairs)})

    def begun(self) -> list[SweepTrial]:
        """Trials that an earlier start of the sweep began and did not end."""
        return [_sweep_trial(trial) for trial in self._trials(TrialState.RUNNING)]

    def wait_for_jobs(self, seeds: Sequence[int]) -> None:
        """Wait for jobs of an earlier start: they see that their sweep is gone, and end themselves.

        Raises:
            SweepError: one does not.
        """
        patience = _PATIENCE_SECONDS
        for trial, seed in itertools.product(self.begun(), seeds):
            while (process := self._still_running(trial.number, seed)) is not None:
                if patience <= 0:
                    raise SweepError(
                        f"trial {trial.number} is still running in process {process.pid}, which an "
                        "earlier start of this sweep began; wait for it or end it"
                    )
                time.sleep(0.5)
                patience -= 0.5

    def _still_running(self, trial: int, seed: int) -> ProcessMark | None:
        """The process that a job was last begun in, if it lives and the job has not ended."""
        fields = self._facts(trial).get(attribute("began", seed))
        if fields is None or self.outcome(trial, seed) is not None:
            return None
        process = ProcessMark(fields["host"], fields["pid"], fields["process_start"])
        return process if process.is_alive() and process != ProcessMark.mine() else None

    def next_trial(self) -> SweepTrial | None:
        """Begin the next trial; None if there is none left."""
        if self._make_sampler is None:
            if not self._trials(TrialState.WAITING):
                return None
            return _sweep_trial(frozen_trial(self.study, self.study.ask().number))
        trials = self._trials()
        if len(trials) >= self._n_trials and not self._trials(TrialState.WAITING):
            return None
        try:
            self.study.sampler = self._make_sampler(len(trials))
            trial = self.study.ask({one.key: _distribution(one) for one in self.dimensions})
        except ImportError as error:
            extra = _EXTRAS.get(error.name or "", "")
            way = f": pip install 'objloc[{extra}]'" if extra else ""
            raise SweepError(f"this sampler needs {error.name}, which is missing{way}") from error
        setting = trial.user_attrs.get(_SETTING)  # of a failed one that is tried again
        if setting is None:
            setting = {
                one.key: value if isinstance(one, Choices) else one.text(value)
                for one in self.dimensions
                for value in [trial.params[one.key]]
            }
            trial.set_user_attr(_SETTING, setting)
        return SweepTrial(trial.number, setting)

    def try_failed_again(self) -> None:
        """Put the settings of failed trials in once more, as new trials in their place."""
        for trial in self._trials(TrialState.FAIL):
            setting = trial.user_attrs[_SETTING]
            self.study.enqueue_trial(trial.params, user_attrs={_SETTING: setting})
            keep(self.study, trial.number, _REPLACED, True)

    def outcome(self, trial: int, seed: int) -> Outcome | None:
        """What a job came to; None if it has not ended."""
        fields = self._facts(trial).get(attribute("outcome", seed))
        return None if fields is None else Outcome(**fields)

    def keep_outcome(self, trial: int, seed: int, outcome: Outcome) -> None:
        """Keep the outcome of a job that could not do so itself."""
        fields = {**vars(outcome), "metrics": dict(outcome.metrics)}
        keep(self.study, trial, attribute("outcome", seed), fields)

    def folder(self, trial: int, seed: int) -> str:
        """The folder that a job was last begun in; "" if it was never begun."""
        fields = self._facts(trial).get(attribute("began", seed), {})
        return str(fields.get("folder", ""))

    def setting_run(self, trial: int) -> str:
        """The run that the trial's jobs hang under; "" if none was kept."""
        return str(self._facts(trial).get(_RUN, ""))

    def keep_setting_run(self, trial: int, run_id: str) -> None:
        """Keep the run that the trial's jobs hang under."""
        keep(self.study, trial, _RUN, run_id)

    def tell(self, trial: int, values: Sequence[float] | None, state: TrialState) -> None:
        """End a trial: COMPLETE with the objectives' values, else PRUNED or FAIL without."""
        self.study.tell(trial, values, state=state)

    def ended(self) -> list[tuple[SweepTrial, TrialState, list[tuple[int, Outcome]]]]:
        """Every trial that began, its state, and the outcomes of its jobs by seed."""
        found: list[tuple[SweepTrial, TrialState, list[tuple[int, Outcome]]]] = []
        for trial in self._trials():
            if trial.state is TrialState.WAITING:
                continue
            outcomes = [
                (int(key.partition(".")[2]), Outcome(**fields))
                for key, fields in trial.user_attrs.items()
                if key.startswith(attribute("outcome", 0)[:-1])
            ]
            found.append((_sweep_trial(trial), trial.state, sorted(outcomes, key=lambda o: o[0])))
        return found

    def _facts(self, trial: int) -> Mapping[str, Any]:
        """What is kept with a trial."""
        return frozen_trial(self.study, trial).user_attrs

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Trials of these states, or all, that have a setting and were not replaced."""
        trials = self.study.get_trials(deepcopy=False, states=states or None)
        return [
            trial
            for trial in trials
            if _SETTING in trial.user_attrs and _REPLACED not in trial.user_attrs
        ]


def _sweep_trial(trial: FrozenTrial) -> SweepTrial:
    return SweepTrial(trial.number, trial.user_attrs[_SETTING])


def _distribution(dimension: Dimension) -> BaseDistribution:
    """What Optuna chooses from."""
    if isinstance(dimension, Choices):
        return CategoricalDistribution(dimension.values)
    if dimension.integer:
        low, high, step = int(dimension.low), int(dimension.high), int(dimension.step or 1)
        return IntDistribution(low, high, log=dimension.log, step=step)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log, step=dimension.step)
