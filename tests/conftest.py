"""What all tests share: array shapes checked at run time, and commands run in this process."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import absl.logging
import jaxtyping
import pytest
from hydra._internal import utils as hydra_utils

# Shapes and types in the hints of these layers are checked at every call. Before their import.
jaxtyping.install_import_hook(
    ["objloc.boxes", "objloc.data", "objloc.evaluation", "objloc.insight"], "beartype.beartype"
)

# absl (below Grain and TensorFlow) keeps the stderr it was imported with, and closes it when Hydra
# sets up the log: under pytest that would be the file that catches the output of some test.
absl.logging.get_absl_handler().python_handler.stream = sys.__stderr__

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real labelled pictures and published values, too large to be part of the repository."""
    folder = Path(os.environ.get("OBJLOC_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data is not at {folder}; OBJLOC_TEST_DATA names another place")
    return folder


@dataclass(frozen=True)
class Answer:
    """What a command did: exit status, standard output and standard error."""

    status: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Command:
    """`command(main, "head=grid", …)` runs a command's `main` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(main: Callable[[], None], *arguments: str, program: str = "train.py") -> Answer:
        status = run_main(monkeypatch, main, program, *arguments)
        captured = capsys.readouterr()
        return Answer(status, captured.out, captured.err)

    return call


def run_main(
    patch: pytest.MonkeyPatch, main: Callable[[], None], program: str, *arguments: str
) -> int:
    """Run a command's `main` in this process, in the current folder; its exit status."""
    # Coverage traces like a debugger, under which Hydra raises errors instead of reporting them.
    patch.setattr(hydra_utils, "is_under_debugger", lambda: False)
    patch.setattr(sys, "argv", [program, *arguments])
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    status = 0
    try:
        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        # Hydra sends the log to this test's streams and files, which end with it.
        for handler in set(root.handlers) - set(handlers):
            handler.close()
        root.handlers[:] = handlers
        root.setLevel(level)
    return status


def fresh_python(*words: str, cwd: Path, objloc_in: Path = REPOSITORY) -> str:
    """What a Python process of its own says that knows the objloc of a folder."""
    process = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(objloc_in)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout
