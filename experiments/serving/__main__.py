"""Measures how fast the service answers and writes the page; leave the machine alone meanwhile.

python -m experiments.serving --run outputs/2026-01-31_12-00-00-multiclass

About six minutes, and the ten of the long load. The run is one that
`make train` made here: its model in the tracking store is what MLflow serves.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from experiments.machine import Machine
from experiments.marked_text import markdown_table, replace_marked
from experiments.serving.bare import bare
from experiments.serving.load import Load
from experiments.serving.pictures import Bodies, decoded, write_bodies
from experiments.serving.services import (
    REPOSITORY,
    Service,
    mlflow_service,
    objloc_service,
)
from objloc.engines.exported_model import read_exported
from objloc.tracking import open_store
from objloc.tracking.stored_localizer import find_model

HOME = Path(__file__).resolve().parent
CLIENTS = (1, 8, 32)
LONG_CLIENTS = 8
_BARE = {
    0: "(a) ONNX Runtime as it is, decoded pictures",
    1: "(a) ONNX Runtime, a thread a call, decoded pictures",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="folder of a run")
    parser.add_argument("--tracking-uri", default="sqlite:///mlflow.db", help="the run's store")
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement; 0: none")
    parser.add_argument("--long", type=float, default=600, help="seconds of the long load; 0: none")
    options = parser.parse_args(arguments)
    machine = Machine.here()
    measured_on = f"On {machine.hardware()}, {machine.software()}."
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        bodies = write_bodies(options.run, folder / "bodies")
        model = _exported(options.run, folder / "exported")
        if options.seconds:
            logged = _logged(options.run, options.tracking_uri)
            text = _speed(model, logged, bodies, options.seconds)
            _write("speed", f"{text}\n\n{measured_on}")
        if options.long:
            _write("long", _long(model, bodies.small, options.long))


def _write(name: str, text: str) -> None:
    page = HOME / "README.md"
    page.write_text(replace_marked(page.read_text(encoding="utf-8"), name, text), "utf-8")
    print(text)


def _speed(model: Path, logged: str, bodies: Bodies, seconds: float) -> str:
    """Each way of asking, with each number of clients; the ways take turns."""
    pictures = decoded(bodies.small, read_exported(model).card)
    jpeg, numbers = ((one / "000").read_bytes() for one in (bodies.small, bodies.mlflow))
    rows: dict[str, dict[int, Load]] = {}
    starts = {}
    for clients in CLIENTS:
        for threads, way in _BARE.items():
            _keep(rows, way, bare(model, pictures, clients, seconds, threads))
        with objloc_service(model, jpeg) as service:
            starts["objloc.serve"] = service.seconds
            url = f"{service.address}/v1/predict"
            _keep(rows, "(b) `/v1/predict`, JPEGs", _ask(url, bodies.small, clients, seconds))
            _keep(
                rows,
                "(b) the same, 1280 × 960 pixels",
                _ask(url, bodies.large, clients, seconds),
            )
        with mlflow_service(logged, numbers) as service:
            starts["mlflow models serve"] = service.seconds
            url = f"{service.address}/invocations"
            _keep(
                rows,
                "(c) `mlflow models serve`",
                _ask(url, bodies.mlflow, clients, seconds, "application/json"),
            )
    head = ["way of asking", "clients", "p50 ms", "p99 ms", "requests/s", "errors"]
    lines = [
        [
            way,
            str(one.clients),
            f"{one.p50:.1f}",
            f"{one.p99:.1f}",
            f"{one.throughput:.0f}",
            str(one.errors),
        ]
        for way, loads in rows.items()
        for one in loads.values()
    ]
    told = ", ".join(f"`{name}` {seconds:.1f} s" for name, seconds in starts.items())
    return "\n\n".join(
        [
            markdown_table([head, *lines]),
            markdown_table(_ratios(rows)),
            f"From the start of the process to the answer about a first picture: {told}.",
        ]
    )


def _ratios(rows: dict[str, dict[int, Load]]) -> list[list[str]]:
    """Throughputs of (b) to those of (a) and (c)."""
    shared, alone, service, large, by_mlflow = rows.values()
    faster = {
        count: max(shared[count], alone[count], key=lambda one: one.throughput) for count in CLIENTS
    }
    head = ["throughput", *(f"{clients} clients" for clients in CLIENTS), "goal"]
    head[1] = "1 client"

    def line(what: str, above: dict[int, Load], below: dict[int, Load], goal: str) -> list[str]:
        ratios = (above[count].throughput / below[count].throughput for count in CLIENTS)
        return [what, *(f"{ratio:.2f}" for ratio in ratios), goal]

    return [
        head,
        line("(b) to the faster of (a)", service, faster, "0.6"),
        line("(b) to (c)", service, by_mlflow, "5"),
        line("(b) with 1280 × 960 pixels to the faster of (a)", large, faster, ""),
    ]


def _long(model: Path, bodies: Path, seconds: float) -> str:
    """Load for long: errors, and memory from minute to minute."""
    with objloc_service(model, (bodies / "000").read_bytes()) as service:
        url = f"{service.address}/v1/predict"
        _ask(url, bodies, LONG_CLIENTS, 5)
        measured: list[float] = []
        ended = threading.Event()
        watch = threading.Thread(target=_watch, args=(service, measured, ended, seconds / 10))
        watch.start()
        found = _ask(url, bodies, LONG_CLIENTS, seconds)
        ended.set()
        watch.join()
    megabytes = ", ".join(f"{one:.0f}" for one in measured)
    return (
        f"{seconds / 60:.0f} minutes of load by {found.clients} clients: {found.requests:,} "
        f"requests, {found.errors} errors, p99 {found.p99:.1f} ms; memory every "
        f"{seconds / 10:.0f} s, in MB: {megabytes}."
    )


def _watch(service: Service, into: list[float], ended: threading.Event, every: float) -> None:
    into.append(service.megabytes())
    while not ended.wait(every):
        into.append(service.megabytes())


def _keep(rows: dict[str, dict[int, Load]], way: str, found: Load) -> None:
    rows.setdefault(way, {})[found.clients] = found
    print(f"{way}, {found.clients} clients: {found.throughput:.0f} requests/s", flush=True)


def _ask(
    url: str, bodies: Path, clients: int, seconds: float, media_type: str = "image/jpeg"
) -> Load:
    """Asks from a process of its own."""
    words = [url, str(bodies), "--type", media_type]
    words += ["--clients", str(clients), "--seconds", str(seconds)]
    command = [sys.executable, "-m", "experiments.serving.load", *words]
    answer = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE)
    return Load(**json.loads(answer.stdout))


def _exported(run: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "objloc.export", f"model={run}", "format=onnx"]
    subprocess.run([*command, f"output={folder}"], check=True, stdout=subprocess.DEVNULL)
    return folder / "model.onnx"


def _logged(run: Path, tracking_uri: str) -> str:
    """Where the run's model lies in the store."""
    run_id = json.loads((run / "run.json").read_text(encoding="utf-8"))["run_id"]
    return find_model(open_store(tracking_uri), run_id).location


if __name__ == "__main__":
    main()
