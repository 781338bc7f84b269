"""A study that is made of sweeps: runs them, and writes their tables and drawings into its page."""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.machine import Machine
from experiments.marked_text import replace_marked
from experiments.mlflow_page.compared_runs import picture_of_compared
from objloc.comparison.comparison import Comparison, compare
from objloc.comparison.comparison_plots import comparison_plots
from objloc.comparison.comparison_text import short_text
from objloc.comparison.stored_runs import find_parent, jobs_of, objectives
from objloc.page_drawing import standalone
from objloc.sweeps.sweep_folder import SweepRecord
from objloc.tracking import open_store

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class SweepStudy:
    """A study's sweeps.

    Attributes:
        home: the study's folder, with the page `README.md`.
        sweeps: name to the words of its command line, besides `common`.
        common: words of every sweep.
    """

    home: Path
    sweeps: Mapping[str, Sequence[str]]
    common: Sequence[str]

    def command(self, name: str) -> list[str]:
        """The words of a sweep, after `python -m objloc.train -m`."""
        return [*self.common, *self.sweeps[name]]


def run_study(study: SweepStudy, arguments: Sequence[str] | None = None) -> dict[str, Comparison]:
    """Run what has not been run, write the page; what the sweeps came to, by name."""
    name = study.home.name
    parser = argparse.ArgumentParser(f"python -m experiments.{name}")
    parser.add_argument(
        "--store", type=Path, default=Path("outputs") / name, help="where the sweeps are kept"
    )
    parser.add_argument("--picture", action="store_true", help="take MLflow's page, too (Chromium)")
    options = parser.parse_args(arguments)
    store: Path = options.store.resolve()
    store.mkdir(parents=True, exist_ok=True)
    for sweep in study.sweeps:
        _run(study.command(sweep), store, sweep)
    client = open_store(f"sqlite:///{store / 'mlflow.db'}")
    found = {}
    best = []
    for sweep in study.sweeps:
        parent = find_parent(client, str(store / sweep))
        metric, mode = objectives(parent) or ("val/mean_iou", "max")
        comparison = compare(jobs_of(client, parent), metric, mode)
        _write(study, sweep, comparison)
        found[sweep] = comparison
        best += [setting.runs[0].run_id for setting in comparison.settings]
    if options.picture:
        picture_of_compared(store, best[:6], study.home / "pictures" / "mlflow.png")
    return found


def write_marked(study: SweepStudy, name: str, content: str) -> None:
    """Put a text into the study's page, between the lines that bear this name."""
    page = study.home / "README.md"
    page.write_text(
        replace_marked(page.read_text(encoding="utf-8"), name, content), encoding="utf-8"
    )


def _run(words: Sequence[str], store: Path, name: str) -> None:
    """A sweep; one that has ended is not run again."""
    record = SweepRecord.read(store / name)
    if record is not None and record.status == "FINISHED":
        return
    paths = [REPOSITORY, *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", "objloc.train", "-m", *words]
    places = [f"hydra.sweep.dir={store / name}", f"tracking.uri=sqlite:///{store / 'mlflow.db'}"]
    subprocess.run(
        [*command, *places],
        cwd=store,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        check=True,
    )


def _write(study: SweepStudy, sweep: str, comparison: Comparison) -> None:
    pictures = study.home / "pictures"
    pictures.mkdir(exist_ok=True)
    drawings = []
    for number, (svg, caption) in enumerate(comparison_plots(comparison)):
        file = pictures / f"{sweep}-{number}.svg"
        file.write_text(standalone(svg), encoding="utf-8")
        drawings.append(f"![{caption}]({file.relative_to(study.home)})")
    minutes = sum(run.seconds for run in comparison.runs if run.seconds == run.seconds) / 60
    machine = Machine.here()
    text = "\n\n".join(
        [
            f"```\npython -m objloc.train -m {shlex.join(study.command(sweep))}\n```",
            short_text(comparison).strip(),
            *drawings,
            f"{len(comparison.runs)} jobs, {minutes:.0f} minutes of jobs, two at once with a "
            f"thread each, on {machine.hardware()}, with {machine.software()}.",
        ]
    )
    write_marked(study, sweep, text)
