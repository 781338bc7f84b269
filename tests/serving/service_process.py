"""`python -m objloc.serve` in a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


class ServiceProcess:
    """The command, running.

    Attributes:
        address: where it answers.
        told: the line that says so.
    """

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self.log = log
        assert process.stdout is not None
        self.told = process.stdout.readline().strip()
        found = re.search(r"http://\S+", self.told)
        if found is None:
            pytest.fail(f"{self.told}\n{log.read_text()}")
        self.address = found[0]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ends it by a signal; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@contextmanager
def service_process(
    folder: Path, *words: str, python: tuple[str, ...] = ()
) -> Iterator[ServiceProcess]:
    """The command with these words, in a folder, at a free port.

    Args:
        folder: to run in.
        words: of the command line.
        python: options of Python's.
    """
    log = folder / "service.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, *python, "-m", "objloc.serve", "port=0", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
        )
    try:
        yield ServiceProcess(process, log)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()
