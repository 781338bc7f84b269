"""The folder of one run: where its files lie, its status on disk, and how a run is found again.

Imports no TensorFlow: a mistyped `resume=` is answered before TensorFlow is loaded.
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from objloc.errors import TrainingError
from objloc.process_mark import ProcessMark

Status = Literal["RUNNING", "FINISHED", "PRUNED", "FAILED", "KILLED"]
RUN_FILE = "run.json"
SWEEP_FILE = "sweep.json"
_ENDED = ("FINISHED", "PRUNED")
_WRITE_ERRORS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "it may not be written",
    errno.EPERM: "it may not be written",
    errno.ENOTDIR: "a part of the path is a file",
    errno.EEXIST: "a file of that name is in the way",
}


@dataclass(frozen=True)
class RunRecord:
    """What `run.json` says.

    Attributes:
        run_id: the tracking store's id; "" where nothing is tracked.
        name: the experiment.
        status: RUNNING, FINISHED, PRUNED (stopped as hopeless by a sweep), FAILED or KILLED;
            RUNNING of a dead process means it was killed.
        pid: process that trains or trained.
        host: its computer.
        process_start: when that process began, in seconds since 1970; tells it from a later
            process that got the same pid.
        started: local time, ISO 8601.
    """

    run_id: str
    name: str
    status: Status
    pid: int
    host: str
    process_start: float
    started: str

    def is_alive(self) -> bool:
        """Return whether the process that wrote this record still runs (False if unknown)."""
        mark = ProcessMark(self.host, self.pid, self.process_start)
        return self.status == "RUNNING" and mark.is_alive()


class RunFolder:
    """Paths and status of one run.

    Args:
        path: the folder; it exists already.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config_file = path / "config.yaml"
        self.last_checkpoint = path / "checkpoints" / "last.npz"
        self.best_checkpoint = path / "checkpoints" / "best.npz"
        self.model_file = path / "model.keras"
        self.pictures = path / "pictures"

    def start(self, run_id: str, name: str) -> None:
        """Write `run.json` with status RUNNING and this process."""
        self._write(
            RunRecord(
                run_id=run_id,
                name=name,
                status="RUNNING",
                **asdict(ProcessMark.mine()),
                started=datetime.now().isoformat(timespec="seconds"),
            )
        )

    def finish(self, status: Status) -> None:
        """Set the status in `run.json`; a folder without one stays without."""
        record = self.read()
        if record is not None:
            self._write(RunRecord(**{**asdict(record), "status": status}))

    def read(self) -> RunRecord | None:
        """Return the record, or None where there is none that can be read."""
        try:
            return RunRecord(**json.loads((self.path / RUN_FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _write(self, record: RunRecord) -> None:
        text = json.dumps(asdict(record), indent=2) + "\n"
        write_atomically(self.path / RUN_FILE, text.encode())


def find_run_folder(output_root: Path, resume: str) -> Path:
    """Return the folder of the run to go on with.

    Args:
        output_root: where runs are kept.
        resume: "latest" (the newest run that did not finish), a run id or its beginning (at least
            six characters), a folder's name below `output_root`, or a path.

    Raises:
        TrainingError: if there is no such run, more than one, or it is finished or still running.
    """
    candidates = [(folder, record) for folder, record in _runs(output_root)]
    if resume == "latest":
        for folder, record in candidates:
            if record.status not in _ENDED and not record.is_alive():
                return folder
        raise TrainingError(
            f"resume=latest: nothing to go on with in {output_root}: "
            + (
                "every run there is finished or still running"
                if candidates
                else "no run was started there (output_root= says where runs are kept)"
            )
        )
    for path in (output_root / resume, Path(resume)):
        named = RunFolder(path).read()
        if named is not None:
            return _checked(path, named, resume)
    matches = [
        (folder, record)
        for folder, record in candidates
        if record.run_id
        and (record.run_id == resume or (len(resume) >= 6 and record.run_id.startswith(resume)))
    ]
    if len(matches) > 1:
        raise TrainingError(
            f"resume={resume}: fits more than one run: "
            + ", ".join(record.run_id for _, record in matches)
        )
    if not matches:
        known = (
            ", ".join(record.run_id or folder.name for folder, record in candidates[:5]) or "none"
        )
        raise TrainingError(
            f"resume={resume}: no such run in {output_root}; give a run id, a run folder or "
            f"'latest'. Newest runs there: {known}"
        )
    return _checked(*matches[0], resume)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new, never a part.

    Raises:
        TrainingError: if the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path.parent):
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` last through a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn the errors of a full or locked disk into a TrainingError that names the folder."""
    try:
        yield
    except OSError as error:
        reason = _WRITE_ERRORS.get(error.errno or 0)
        if reason is None:
            raise
        raise TrainingError(
            f"{folder}: cannot write the run's files: {reason}; make room there or choose another "
            "folder with output_root=…"
        ) from error


def _runs(output_root: Path) -> list[tuple[Path, RunRecord]]:
    """Return every run below `output_root` with its record, newest first."""
    found = []
    for file in output_root.glob(f"**/{RUN_FILE}"):
        record = RunFolder(file.parent).read()
        if record is not None:
            found.append((file.stat().st_mtime, file.parent, record))
    # A run's start, not its last write: a run that was resumed counts from then.
    found.sort(key=lambda item: (item[2].started, item[0]), reverse=True)
    return [(folder, record) for _, folder, record in found]


def _checked(folder: Path, record: RunRecord, resume: str) -> Path:
    if record.status in _ENDED:
        ended = record.status.lower()
        raise TrainingError(f"resume={resume}: {folder} is already {ended}; nothing is left to do")
    if record.is_alive():
        raise TrainingError(f"resume={resume}: {folder} is still running (process {record.pid})")
    return folder
