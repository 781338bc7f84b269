"""Measures what sweeps cost and writes the table; twenty minutes on a machine left alone.

python -m experiments.sweep_cost
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from optuna.study import load_study

from experiments.machine import Machine
from experiments.marked_text import markdown_table, replace_marked
from objloc.sweeps.outcome import Outcome
from objloc.sweeps.studies import open_storage

HOME = Path(__file__).resolve().parent
REPOSITORY = HOME.parents[1]
SMALL = (
    "+experiment=white_box",
    "dataset.image_size=64",
    "dataset.max_size=48",
    "dataset.train_size=4000",
    "dataset.val_size=200",
    "dataset.test_size=200",
    "callbacks=quiet",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the page."""
    rows = [["what", "measured", "goal"], *_in_process(), *_parallel(), _no_op()]
    machine = Machine.here()
    text = f"{markdown_table(rows, words=(0,))}\n\nOn {machine.hardware()}, {machine.software()}."
    page = HOME / "README.md"
    page.write_text(replace_marked(page.read_text(encoding="utf-8"), "cost", text), "utf-8")
    print(text)


def _in_process() -> list[list[str]]:
    """Eight jobs one after the other in one process, against the sum of their times."""
    wall, folder = _sweep("objloc.train", *SMALL, "trainer.epochs=4", "seed=range(0,8)")
    jobs = _outcomes(folder)
    first = min(time.mktime(time.strptime(job.started, "%Y-%m-%dT%H:%M:%S")) for job in jobs)
    begun = json.loads((folder / "sweep.json").read_text())["process"]["process_start"]
    start = first - begun
    total = sum(job.seconds for job in jobs)
    ratio = wall / (total + start)
    print(f"in process: {wall:.1f} s, jobs {total:.1f} s, start {start:.1f} s", flush=True)
    return [["8 jobs in one process, to the sum of the jobs and one start", f"{ratio:.3f}", "1.1"]]


def _parallel() -> list[list[str]]:
    """Two jobs of a thread each: both at once against one at a time, on one core and on all."""
    words = (*SMALL, "trainer.epochs=4", "trainer.threads=1", "seed=0,1")
    launcher = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=1")
    on_one_core, _ = _sweep("objloc.train", *words, *launcher, cores=1)
    print(f"one at a time on one core: {on_one_core:.1f} s", flush=True)
    one_at_a_time, _ = _sweep("objloc.train", *words, *launcher)
    print(f"one at a time: {one_at_a_time:.1f} s", flush=True)
    at_once, _ = _sweep("objloc.train", *words, launcher[0], "hydra.launcher.n_jobs=2")
    print(f"both at once: {at_once:.1f} s", flush=True)
    what = "2 jobs of a thread each at once on 2 cores, to one at a time"
    return [
        [f"{what} on one core", f"{on_one_core / at_once:.2f}", "1.6"],
        [f"{what} with the other core to help it", f"{one_at_a_time / at_once:.2f}", ""],
    ]


def _no_op() -> list[str]:
    """What a job costs that trains nothing: twelve of them less two, over ten."""
    module = "experiments.sweep_cost.no_op"
    few, _ = _sweep(module, "seed=range(0,2)")
    many, _ = _sweep(module, "seed=range(0,12)")
    return [
        "a job that trains nothing: tracking, checkpoint, summary",
        f"{(many - few) / 10:.2f} s",
        "1.5 s",
    ]


def _sweep(module: str, *words: str, cores: int | None = None) -> tuple[float, Path]:
    """Seconds of a sweep's process, and its folder; on so many cores, None for all."""
    scratch = Path(tempfile.mkdtemp())
    paths = [REPOSITORY, *filter(None, [os.environ.get("PYTHONPATH")])]
    bound = [] if cores is None else ["taskset", "--cpu-list", f"0-{cores - 1}"]
    begun = time.perf_counter()
    subprocess.run(
        [*bound, sys.executable, "-m", module, "-m", *words],
        cwd=scratch,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - begun
    [folder] = (scratch / "outputs").glob("*-sweep")
    return seconds, folder


def _outcomes(folder: Path) -> list[Outcome]:
    """What the jobs of a sweep came to."""
    record = json.loads((folder / "sweep.json").read_text())
    study = load_study(study_name=record["study"], storage=open_storage(record["storage"]))
    return [
        Outcome(**value)
        for trial in study.trials
        for key, value in trial.user_attrs.items()
        if key.startswith("outcome.")
    ]


if __name__ == "__main__":
    main()
