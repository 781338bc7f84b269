import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from objloc.errors import TrainingError
from objloc.training.run_folder import RunFolder, find_run_folder, write_atomically, writing
from tests.conftest import REPOSITORY


def _run(root: Path, name: str, status: str, started: str, run_id: str = "", pid: int = 0) -> Path:
    folder = RunFolder(root / name)
    folder.path.mkdir(parents=True)
    folder.start(run_id, "emoji")
    record = json.loads((folder.path / "run.json").read_text())
    record |= {"status": status, "started": started}
    if pid != os.getpid():
        # No process has this pid: Linux' largest is 2^22.
        record["pid"] = 2**22 + 1
    (folder.path / "run.json").write_text(json.dumps(record))
    return folder.path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    _run(tmp_path, "a", "KILLED", "2026-01-01T10:00:00", run_id="0123456789abcdef")
    _run(tmp_path, "sweep/0", "FAILED", "2026-01-01T11:00:00", run_id="0123459999999999")
    _run(tmp_path, "c", "FINISHED", "2026-01-01T12:00:00", run_id="fedcba9876543210")
    return tmp_path


def test_latest_is_the_newest_that_did_not_finish(root: Path) -> None:
    assert find_run_folder(root, "latest") == root / "sweep/0"


def test_a_run_that_was_killed_by_force_is_found_and_one_that_runs_is_not(root: Path) -> None:
    killed = _run(root, "d", "RUNNING", "2026-01-01T13:00:00")
    _run(root, "e", "RUNNING", "2026-01-01T14:00:00", pid=os.getpid())
    assert find_run_folder(root, "latest") == killed
    with pytest.raises(TrainingError, match="still running"):
        find_run_folder(root, "e")


def test_a_run_is_found_by_id_beginning_name_and_path(root: Path) -> None:
    for words in ("0123456789abcdef", "01234567", "a", str(root / "a")):
        assert find_run_folder(root, words) == root / "a"


@pytest.mark.parametrize(
    ("resume", "message"),
    [
        ("fedcba9876543210", "already finished"),
        ("012345", "fits more than one run"),
        ("nothing", "no such run .* Newest runs there: fedcba9876543210"),
    ],
)
def test_what_cannot_be_resumed_is_told(root: Path, resume: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        find_run_folder(root, resume)


def test_nothing_to_resume_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no run was started there"):
        find_run_folder(tmp_path / "none", "latest")


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.ENOSPC, "full"), (errno.EROFS, "read-only"), (errno.EACCES, "not be written")],
)
def test_an_error_of_the_disk_names_the_folder(tmp_path: Path, number: int, reason: str) -> None:
    with pytest.raises(TrainingError, match=f"{tmp_path}.*{reason}"), writing(tmp_path):
        raise OSError(number, os.strerror(number))


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.md"
    write_atomically(file, b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(TrainingError, match="full"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_looking_for_a_run_loads_no_tensorflow() -> None:
    code = (
        "import sys, objloc.training.run_folder, objloc.train; "
        "print([m for m in ('tensorflow', 'keras', 'mlflow') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
