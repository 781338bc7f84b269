"""What a job of a sweep knows of the sweep, in whichever process it runs."""

import base64
import contextlib
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from objloc.errors import ObjlocError, PrunedError
from objloc.process_mark import ProcessMark
from objloc.sigterm import EXIT_STATUS

VARIABLE = "OBJLOC_SWEEP_JOB"
_WATCH_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SweepJob:
    """A job: one training, with one seed, of a trial.

    The sweep hands it over in an environment variable, which every launcher sets in the job's
    process. The job reports to the study; only the sweep tells what the trial came to.

    Attributes:
        storage: of the study (`open_storage`).
        study: its name.
        trial: the trial's number.
        seed: the job's seed.
        setting: what the job tries, in words: "loss.box=giou optimizer.learning_rate=0.001".
        parent: the MLflow run that the job's run hangs under; "" for none.
        metrics: the objectives.
        modes: "max" or "min" of each.
        prunable: does this job report to the pruner? Of several seeds the first does.
        apart: does it run beside other jobs, in a process of its own?
        sweep: name of the sweep.
        sweeper: the process that runs the sweep.
    """

    storage: str
    study: str
    trial: int
    seed: int
    setting: str
    parent: str
    metrics: tuple[str, ...]
    modes: tuple[str, ...]
    prunable: bool
    apart: bool
    sweep: str
    sweeper: ProcessMark

    @classmethod
    def current(cls) -> "SweepJob | None":
        """The job that this process runs; None outside a sweep."""
        text = os.environ.get(VARIABLE)
        if not text:
            return None
        fields = json.loads(base64.b64decode(text))
        fields["sweeper"] = ProcessMark(**fields["sweeper"])
        for name in ("metrics", "modes"):
            fields[name] = tuple(fields[name])
        return cls(**fields)

    def as_text(self) -> str:
        """The environment variable's value: letters that mean nothing in an override."""
        return base64.b64encode(json.dumps(asdict(self)).encode()).decode()

    @property
    def tags(self) -> dict[str, str]:
        """What tells the job's run apart from others in MLflow."""
        return {
            "sweep": "job",
            "sweep.name": self.sweep,
            "sweep.trial": str(self.trial),
            "sweep.setting": self.setting,
        }

    @property
    def words(self) -> list[str]:
        """What tells the job's run from others in its name."""
        return [f"{self.trial}:", self.setting, f"seed={self.seed}"]

    @contextlib.contextmanager
    def recorded(self, folder: Path, record: dict[str, Any]) -> Iterator[None]:
        """Keeps in the study what the training inside came to; an error of it is kept, not raised.

        Args:
            folder: of the run.
            record: the training adds `run_id` and `metrics` to it (see `Outcome`).

        Raises:
            KeyboardInterrupt, SystemExit: it was interrupted; the sweep goes on with it later.
        """
        began = time.perf_counter()
        started = datetime.now().isoformat(timespec="seconds")
        record |= {"state": "FINISHED", "started": started}
        self._keep("began", {**asdict(ProcessMark.mine()), "folder": str(folder)})
        with self._apart(folder):
            try:
                yield
            except PrunedError as error:
                record |= {"state": "PRUNED", "reason": str(error)}
            except Exception as error:
                # For the job's log; the terminal is told the reason alone.
                log.info("job %s (%s) failed", self.trial, self.setting, exc_info=True)
                record |= {"state": "FAILED", "reason": reason_of(error)}
        self._keep("outcome", {**record, "seconds": time.perf_counter() - began})

    def _keep(self, what: str, value: Mapping[str, Any]) -> None:
        """Keep a fact about this job with its trial."""
        from objloc.sweeps.studies import keep, open_study

        study = open_study(self.storage, self.study, self.modes)
        keep(study, self.trial, attribute(what, self.seed), dict(value))

    @contextlib.contextmanager
    def _apart(self, folder: Path) -> Iterator[None]:
        """In a process of its own: talk into a file, and don't outlive the sweep."""
        if not self.apart:
            yield
            return
        ended = threading.Event()
        if self.sweeper.is_here:
            threading.Thread(target=self._watch, args=(ended,), daemon=True).start()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "output.log").open("a", encoding="utf-8", buffering=1) as file:
            try:
                with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
                    yield
            except (KeyboardInterrupt, SystemExit):
                # The run has recorded it, and nothing is left to do here. Hydra would try to hand
                # it over to the sweep, and never come to an end: what it makes of it holds itself.
                file.flush()
                os._exit(EXIT_STATUS)
            finally:
                ended.set()

    def _watch(self, ended: threading.Event) -> None:
        """Interrupt the training if the sweep is killed: started again, it goes on with the job."""
        while not ended.wait(_WATCH_SECONDS):
            if not self.sweeper.is_alive():
                os.kill(os.getpid(), signal.SIGTERM)
                return


def attribute(what: str, seed: int) -> str:
    """Name of a trial's attribute that holds a fact (`began`, `outcome`) about one of its jobs."""
    return f"{what}.{seed}"


def reason_of(error: BaseException) -> str:
    """An error in a line: what it says, with its kind where it is none of objloc's own."""
    text = str(error).strip()
    first = text.splitlines()[0] if text else ""
    if isinstance(error, ObjlocError):
        return first
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
