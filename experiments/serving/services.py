"""The services that are measured, each a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import psutil

REPOSITORY = Path(__file__).resolve().parents[2]
_PATIENCE = 180.0  # seconds; MLflow's takes half a minute to load TensorFlow


@dataclass(frozen=True)
class Service:
    """A service that answers.

    Attributes:
        address: `http://HOST:PORT`.
        process: what was started; it may have children.
        seconds: from its start to its first answer.
    """

    address: str
    process: subprocess.Popen[bytes]
    seconds: float

    def megabytes(self) -> float:
        """Memory that its processes hold (resident set) now."""
        first = psutil.Process(self.process.pid)
        every = [first, *first.children(recursive=True)]
        return sum(one.memory_info().rss for one in every) / 1e6


@contextmanager
def objloc_service(model: Path, picture: bytes) -> Iterator[Service]:
    """`python -m objloc.serve` on an exported model, asked first with a JPEG."""
    port = _free_port()
    command = [sys.executable, "-m", "objloc.serve", f"model={model}", f"port={port}"]
    first = Request(f"http://127.0.0.1:{port}/v1/predict", picture, {"Content-Type": "image/jpeg"})
    with _running(command, f"http://127.0.0.1:{port}", first) as service:
        yield service


@contextmanager
def mlflow_service(model: str, body: bytes) -> Iterator[Service]:
    """`mlflow models serve` on a logged model, asked first with this JSON."""
    port = _free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", model]
    command += ["--env-manager", "local", "--port", str(port)]
    first = Request(
        f"http://127.0.0.1:{port}/invocations", body, {"Content-Type": "application/json"}
    )
    with _running(command, f"http://127.0.0.1:{port}", first) as service:
        yield service


@contextmanager
def _running(command: Sequence[str], address: str, first: Request) -> Iterator[Service]:
    paths = [REPOSITORY, *filter(None, [os.environ.get("PYTHONPATH")])]
    programs = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]  # MLflow's uvicorn
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PATH": os.pathsep.join(programs),
    }
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, process_group=0)
    try:
        while not _answers(first):
            if process.poll() is not None or time.perf_counter() - begun > _PATIENCE:
                raise RuntimeError(f"{' '.join(command)}: did not start")
            time.sleep(0.02)
        yield Service(address, process, time.perf_counter() - begun)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)


def _answers(request: Request) -> bool:
    try:
        with urlopen(request, timeout=30) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
