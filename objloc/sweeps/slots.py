"""Runs jobs through one of Hydra's launchers, several at once, and says how each launch ended."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import psutil
from hydra.plugins.launcher import Launcher


@dataclass(frozen=True)
class Launch:
    """A job to be launched.

    Attributes:
        trial: the trial's number.
        seed: the job's seed.
        overrides: the job's command line.
    """

    trial: int
    seed: int
    overrides: tuple[str, ...]


class Slots:
    """Launches jobs, each by a call of its own of the launcher, from a thread of its own.

    One call for many jobs would end with the last of them, and with the first that breaks the
    launcher. What a job comes to is not asked of the launcher: jobs keep it in the study.

    Args:
        launcher: set up.
        at_once: jobs that run beside each other.
        in_process: run them in this thread, as they are to run in this process.
    """

    def __init__(self, launcher: Launcher, at_once: int, in_process: bool) -> None:
        self._launcher = launcher
        self._at_once = at_once
        self._pool = None if in_process else ThreadPoolExecutor(at_once, "sweep")
        self._running: dict[Future[None], Launch] = {}
        self._ended: list[tuple[Launch, BaseException | None]] = []
        # They announce each launch of one job as if it were the sweep.
        for name in ("hydra", "hydra_plugins"):
            logging.getLogger(name).setLevel(logging.WARNING)

    @property
    def free(self) -> int:
        """How many jobs can be begun now."""
        return self._at_once - len(self._running) - len(self._ended)

    @property
    def running(self) -> int:
        """How many jobs run at this moment."""
        return len(self._running)

    @property
    def idle(self) -> bool:
        """Is no job running or waiting to be looked at?"""
        return not self._running and not self._ended

    def begin(self, launch: Launch) -> None:
        """Begin a job; in this process, also end it."""
        if self._pool is None:
            error: BaseException | None = None
            try:
                self._launch(launch)
            except Exception as raised:
                error = raised
            self._ended.append((launch, error))
        else:
            self._running[self._pool.submit(self._launch, launch)] = launch

    def ended(self) -> Iterator[tuple[Launch, BaseException | None]]:
        """Wait for a job to end; those that did, with what the launcher raised, if it did."""
        if self._running:
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                self._ended.append((self._running.pop(future), future.exception()))
        ended, self._ended = self._ended, []
        yield from ended

    def close(self, interrupted: bool) -> None:
        """Let go of the threads; where the sweep was interrupted, end the jobs first."""
        if self._pool is None:
            return
        if interrupted:
            for process in psutil.Process().children(recursive=True):
                try:
                    process.terminate()
                except psutil.NoSuchProcess:
                    continue
        self._pool.shutdown(wait=not interrupted, cancel_futures=True)

    def _launch(self, launch: Launch) -> None:
        returned: Sequence[object] = self._launcher.launch(
            [list(launch.overrides)], initial_job_idx=launch.trial
        )
        # What a job raises is kept in the study; the launcher hands over what never came that far.
        for job in returned:
            error = getattr(job, "_return_value", None)
            if isinstance(error, BaseException):
                raise error


def is_broken(error: BaseException | None) -> bool:
    """Did a process die, and take those of the other jobs of its launcher with it?"""
    return isinstance(error, BrokenExecutor)
