"""The course of a sweep: which job is next, and what a trial's jobs come to together."""

import math
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from optuna.trial import TrialState

from objloc.sweeps.job import reason_of
from objloc.sweeps.outcome import Outcome, State
from objloc.sweeps.slots import Launch, Slots, is_broken
from objloc.sweeps.sweep_study import SweepStudy, SweepTrial

_STATES = {"FINISHED": TrialState.COMPLETE, "PRUNED": TrialState.PRUNED, "FAILED": TrialState.FAIL}


class Watcher(Protocol):
    """Is told of the sweep's course: records it, shows it."""

    def trial_begins(self, trial: SweepTrial) -> str:
        """Returns the run that the trial's jobs are to hang under; "" for none."""

    def trial_ended(self, trial: SweepTrial, state: State, metrics: Mapping[str, float]) -> None:
        """A trial's last job has ended; the metrics are means over the seeds."""


@dataclass
class _OpenTrial:
    """A trial that has begun: seeds that are still to be run, and what the others came to."""

    trial: SweepTrial
    parent: str
    waiting: deque[int]
    running: set[int] = field(default_factory=set)
    outcomes: dict[int, Outcome] = field(default_factory=dict)


class SweepLoop:
    """Runs a sweep's trials until none is left.

    The seeds of a trial are jobs of their own. Where a pruner may stop a trial, its first seed runs
    first: if that is hopeless, the others are not begun.

    A process that dies takes the whole pool of a launcher with it. The jobs that were in it are run
    again, each alone: the one at fault is the one whose process then dies again.

    Args:
        study: what is to be tried.
        slots: where jobs run.
        seeds: of each trial.
        metrics: the objectives.
        prunes: may a trial be stopped early?
        make_launch: (trial, seed, run that it hangs under) → the job.
        watcher: see there.
    """

    def __init__(
        self,
        study: SweepStudy,
        slots: Slots,
        *,
        seeds: Sequence[int],
        metrics: Sequence[str],
        prunes: bool,
        make_launch: Callable[[SweepTrial, int, str], Launch],
        watcher: Watcher,
    ) -> None:
        self._study = study
        self._slots = slots
        self._seeds = tuple(seeds)
        self._metrics = tuple(metrics)
        self._prunes = prunes
        self._make_launch = make_launch
        self._watcher = watcher
        self._open: dict[int, _OpenTrial] = {}
        self._begun = deque(study.begun())
        self._again: deque[Launch] = deque()  # to be run alone
        self._alone: Launch | None = None

    def run(self) -> None:
        """Run what is left."""
        interrupted = True
        try:
            while True:
                self._begin_jobs()
                ended = list(self._slots.ended())
                if not ended and self._slots.idle and not self._again:
                    break
                in_flight = len(ended) + self._slots.running
                for launch, error in ended:
                    self._job_ended(launch, error, crowded=in_flight > 1)
            interrupted = False
        finally:
            self._slots.close(interrupted)

    def _begin_jobs(self) -> None:
        """Fill the free slots."""
        if self._alone is not None:
            return
        if self._again:
            if self._slots.idle:
                self._alone = self._again.popleft()
                self._slots.begin(self._alone)
            return
        while self._slots.free > 0 and (launch := self._next()) is not None:
            self._slots.begin(launch)

    def _next(self) -> Launch | None:
        """The next job: another seed of a trial that has begun, else the next trial's first."""
        for one in self._open.values():
            if one.waiting and (one.outcomes or not self._prunes):
                return self._launch(one)
        trial = self._begun.popleft() if self._begun else self._study.next_trial()
        if trial is None:
            return None
        known = {seed: self._study.outcome(trial.number, seed) for seed in self._seeds}
        outcomes = {seed: outcome for seed, outcome in known.items() if outcome is not None}
        waiting = deque(seed for seed in self._seeds if seed not in outcomes)
        one = _OpenTrial(trial, self._watcher.trial_begins(trial), waiting, outcomes=outcomes)
        self._open[trial.number] = one
        if self._conclude(one):
            return self._next()
        return self._launch(one)

    def _launch(self, one: _OpenTrial) -> Launch:
        seed = one.waiting.popleft()
        one.running.add(seed)
        return self._make_launch(one.trial, seed, one.parent)

    def _job_ended(self, launch: Launch, error: BaseException | None, crowded: bool) -> None:
        one = self._open[launch.trial]
        outcome = self._study.outcome(launch.trial, launch.seed)
        was_alone, self._alone = self._alone is launch, None
        if outcome is None and is_broken(error) and crowded and not was_alone:
            self._again.append(launch)
            return
        if outcome is None:
            now = datetime.now().isoformat(timespec="seconds")
            outcome = Outcome("FAILED", reason=_death(error), started=now)
            self._study.keep_outcome(launch.trial, launch.seed, outcome)
        one.running.discard(launch.seed)
        one.outcomes[launch.seed] = outcome
        self._conclude(one)

    def _conclude(self, one: _OpenTrial) -> bool:
        """End the trial if its outcome is known; whether it was."""
        states = {outcome.state for outcome in one.outcomes.values()}
        if states & {"FAILED", "PRUNED"}:
            one.waiting.clear()
        if one.waiting or one.running:
            return False
        state: State = "FINISHED"
        if "FAILED" in states:
            state = "FAILED"
        elif "PRUNED" in states:
            state = "PRUNED"
        means = _means([outcome.metrics for outcome in one.outcomes.values()])
        if state == "FINISHED" and (fault := self._fault(means)):
            state = "FAILED"
            seed, outcome = next(iter(one.outcomes.items()))
            self._study.keep_outcome(
                one.trial.number,
                seed,
                Outcome(**{**vars(outcome), "state": state, "reason": fault}),
            )
        values = [means[name] for name in self._metrics] if state == "FINISHED" else None
        self._study.tell(one.trial.number, values, _STATES[state])
        del self._open[one.trial.number]
        self._watcher.trial_ended(one.trial, state, means)
        return True

    def _fault(self, means: Mapping[str, float]) -> str:
        """Why the trial cannot be judged; "" if it can."""
        for name in self._metrics:
            if name not in means:
                return f"sweep.metric: no metric {name!r}; this run has: {', '.join(sorted(means))}"
            if math.isnan(means[name]):
                return f"{name} is no number"
        return ""


def _means(metrics: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each metric that all have."""
    if not metrics:
        return {}
    names = [name for name in metrics[0] if all(name in one for one in metrics)]
    return {name: math.fsum(one[name] for one in metrics) / len(metrics) for name in names}


def _death(error: BaseException | None) -> str:
    """Why a job ended without a word."""
    if error is None:
        return "the job ended without a word"
    if is_broken(error):
        signal = re.search(r"SIG[A-Z]+", str(error))
        how = f" by {signal[0]}" if signal else ""
        return f"its process was killed{how}, as the kernel does when memory runs out"
    return reason_of(error)
