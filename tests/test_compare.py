"""`compare` finds the runs, says the answer first and leaves three files."""

import html
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from objloc import compare
from objloc.tracking import open_store
from tests.comparison.made_runs import METRIC, record, record_job, record_parent
from tests.conftest import REPOSITORY, Command


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the sweep "boxes": two settings under three seeds, and a job that failed."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"
    client = open_store(uri)
    parent = record_parent(client, "boxes")
    for trial, (box, values) in enumerate(
        {"l1": (0.80, 0.81, 0.83), "giou": (0.90, 0.912, 0.929)}.items()
    ):
        for seed, value in enumerate(values):
            record_job(client, parent, trial, f"loss.box={box}", value, seed=seed)
    failed = {"failure": "TrainingError: loss is NaN"}
    record_job(client, parent, 2, "loss.box=mse", None, outcome="FAILED", status="FAILED", **failed)
    return uri


def test_a_sweep_is_answered_in_words_tables_and_files(command: Command, store: str) -> None:
    answer = command(compare.main, "runs=latest", f"tracking.uri={store}")
    assert answer.status == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0] == f"boxes: 7 runs by {METRIC} (max)"
    assert lines[2].startswith("- giou 0.914 ± 0.036 beats l1 0.813 ± 0.038 (p < 0.001)")
    assert "TrainingError: loss is NaN" in answer.out
    [folder] = Path("outputs").iterdir()
    assert folder.name.endswith("-compare-boxes")
    assert str(folder) in lines[-1]
    record = json.loads((folder / "comparison.json").read_text())
    assert record["best"] == "giou"
    assert record["settings"][0]["seeds"] == 3
    for name in ("comparison.md", "comparison.html"):
        assert lines[2].removeprefix("- ") in html.unescape((folder / name).read_text("utf-8"))


def test_metric_mode_and_folder_may_be_chosen(command: Command, store: str) -> None:
    answer = command(
        compare.main, "runs=boxes", f"metric={METRIC}", "mode=min", "output=a/b",
        f"tracking.uri={store}",
    )  # fmt: skip
    assert answer.status == 0, answer.err
    assert "l1 0.813" in answer.out.splitlines()[2].partition(" beats ")[0]
    assert sorted(file.name for file in Path("a/b").iterdir()) == [
        "comparison.html",
        "comparison.json",
        "comparison.md",
    ]


def test_runs_are_named_one_by_one(command: Command, store: str) -> None:
    client = open_store(store)
    ids = [
        record(
            client,
            {"head": head},
            params={"head.x": 1, "seed": 0},
            metrics={"val/loss": loss},
        )
        for head, loss in (("grid", 0.5), ("ssd", 0.4))
    ]
    chosen = f"runs=[{ids[0]},{ids[1]}]"
    answer = command(compare.main, chosen, "metric=val/loss", f"tracking.uri={store}")
    assert answer.status == 0, answer.err
    assert "val/loss (min)" in answer.out  # a loss is to be small
    assert "- highest up: ssd 0.400, then grid 0.500" in answer.out
    assert "one seed each" in answer.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "runs must be given: runs=…"),
        (["runs=nothing"], "sweep 'nothing': not in sqlite"),
        (["runs=[abcdef]"], "no run 'abcdef' in sqlite"),
        (["runs=[12e34567]"], "an id was read as the number"),
        (["runs=latest", "mode=best"], "mode=best is not allowed"),
        (["runs=latest", "output=file"], "output=file: no folder can be made there"),
        (["runs=latest", "mode=[max,min]"], "as many modes as metrics"),
    ],
)
def test_what_cannot_be_compared_is_said(
    command: Command, store: str, words: list[str], message: str
) -> None:
    Path("file").touch()
    answer = command(compare.main, *words, f"tracking.uri={store}")
    assert answer.status == 1
    assert answer.err.startswith("error: ")
    assert message in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("name", ["compare", "promote"])
def test_help_is_quick(name: str, tmp_path: Path) -> None:
    """Two imports that take seconds are not needed for it."""
    program = (
        f"import sys; sys.argv[1:] = ['--help']; import objloc.{name} as command; command.main();"
        "print({'mlflow', 'scipy.stats', 'tensorflow', 'optuna'} & set(sys.modules))"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "set()"
    assert f"objloc {name}" in done.stdout or f"objloc.{name}" in done.stdout
    assert time.monotonic() - started < 10
