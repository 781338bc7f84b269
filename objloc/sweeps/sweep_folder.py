"""The folder of a sweep: who it is, whether it has ended, and how it is found again."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from objloc.errors import SweepError
from objloc.process_mark import ProcessMark
from objloc.training.run_folder import SWEEP_FILE, write_atomically


@dataclass(frozen=True)
class SweepRecord:
    """What `sweep.json` says.

    Attributes:
        name: of the sweep: its folder's.
        definition: a digest of what it tries.
        command: its overrides.
        status: RUNNING until its last job has ended.
        uri: of the tracking store; "" where nothing is tracked.
        run_id: of the parent run.
        study: name of the study.
        storage: where the study is kept.
        process: the process that runs it, or did last.
        started: local time, ISO 8601.
    """

    name: str
    definition: str
    command: tuple[str, ...]
    status: Literal["RUNNING", "FINISHED"]
    uri: str
    run_id: str
    study: str
    storage: str
    process: ProcessMark
    started: str

    @classmethod
    def read(cls, folder: Path) -> "SweepRecord | None":
        """The record of a folder; None where there is none that can be read."""
        try:
            fields = json.loads((folder / SWEEP_FILE).read_text(encoding="utf-8"))
            fields["process"] = ProcessMark(**fields["process"])
            fields["command"] = tuple(fields["command"])
            return cls(**fields)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    @property
    def is_alive(self) -> bool:
        """Does the process that runs it still live?"""
        return self.status == "RUNNING" and self.process.is_alive()

    def write(self, folder: Path, status: Literal["RUNNING", "FINISHED"] = "RUNNING") -> None:
        """Write it, with another status, into its folder."""
        text = json.dumps(asdict(replace(self, status=status)), indent=2, ensure_ascii=False)
        write_atomically(folder / SWEEP_FILE, f"{text}\n".encode())


def new_record(
    folder: Path, definition: str, command: Sequence[str], uri: str, storage: str | None
) -> SweepRecord:
    """The record of a sweep that begins now, in `folder`."""
    return SweepRecord(
        name=folder.name,
        definition=definition,
        command=tuple(command),
        status="RUNNING",
        uri=uri,
        run_id="",
        study=f"{folder.name}-{definition}",
        storage=storage or f"sqlite:///{folder.absolute().as_posix()}/study.db",
        process=ProcessMark.mine(),
        started=datetime.now().isoformat(timespec="seconds"),
    )


def find_sweep(output_root: Path, definition: str) -> Path | None:
    """The folder of the newest sweep of this definition that has not ended; None without one.

    Raises:
        SweepError: it is running at this moment.
    """
    found = []
    for file in output_root.glob(f"*/{SWEEP_FILE}"):
        record = SweepRecord.read(file.parent)
        if record is not None and record.definition == definition and record.status == "RUNNING":
            found.append((record.started, file.parent, record))
    if not found:
        return None
    _, folder, record = max(found, key=lambda one: one[0])
    check_idle(folder, record)
    return folder


def check_idle(folder: Path, record: SweepRecord) -> None:
    """Raises SweepError where another process runs the sweep."""
    if record.is_alive and record.process != ProcessMark.mine():
        raise SweepError(
            f"this sweep is running: {folder}, process {record.process.pid}; wait for it, or start "
            "it anew beside that one with hydra.sweep.dir=FOLDER"
        )
