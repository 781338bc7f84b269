"""What the README shows is so: its code runs, its commands compose, its links lead somewhere."""

import json
import re
import shlex
import sys
from pathlib import Path

import mlflow
import pytest

from objloc.cli import commands as shipped
from objloc.config import compose
from objloc.config.folders import groups
from objloc.config.sweep import single_jobs
from objloc.train import main
from tests.conftest import REPOSITORY, Command, fresh_python

TEXT = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SMALL = ("debug=smoke", "trainer.epochs=3", "backbone=tiny")


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return [block for name, block in found if name == language]


def commands() -> list[tuple[str, list[str]]]:
    """Every command with its overrides and flags, without comments."""
    text = "\n".join(blocks("") + blocks("sh")).replace("\\\n", " ")
    lines = re.findall(r"^(?:python -m )objloc[. ](\w+) (.*)$", text, re.MULTILINE)
    return [(name, shlex.split(line, comments=True)) for name, line in lines]


@pytest.fixture
def own_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's metric, callback and head, where a user would put them."""
    for block in blocks("python"):
        if block.startswith("# my_"):
            (tmp_path / block.splitlines()[0].removeprefix("# ")).write_text(block, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("my_metric", "my_callback", "my_head"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_own_metric_callback_and_model(
    command: Command,
    own_modules: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One training with both, and the model read back, as shown."""
    words = next(words for _, words in commands() if "+callbacks.goal.mean_iou=0.9" in words)
    words.remove("+callbacks.goal.mean_iou=0.9")
    answer = command(main, *words, "+callbacks.goal.mean_iou=0.0", *SMALL)
    assert answer.status == 0, answer.err

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    monkeypatch.setattr(sys, "path", list(sys.path))  # a loaded model puts its code there
    before = mlflow.get_tracking_uri()
    (use,) = (block for block in blocks("python") if "pyfunc.load_model" in block)
    found: dict = {}
    try:
        exec(use.replace("(1, 480, 640, 3)", "(2, 48, 64, 3)"), found)
    finally:
        mlflow.set_tracking_uri(before)
    assert found["found"]["boxes"].shape == (2, 1, 4)
    assert found["names"] == ["rectangle"]

    # The callback ended the training after the first epoch of three, and the metric has a curve.
    (report,) = tmp_path.glob("outputs/*/report.json")
    assert json.loads(report.read_text())["epochs"] == 1
    metrics = found["newest"].data.metrics
    assert metrics["goal/epoch"] == 1
    assert 0 < metrics["val/center_distance"] < 1.5


def test_own_head(command: Command, own_modules: None, tmp_path: Path) -> None:
    """It is trained on several objects, and read back by processes that never heard of it."""
    write_options(tmp_path / "my_conf")
    words = next(words for _, words in commands() if "head=center_point" in words)
    answer = command(main, *words, *SMALL)
    assert answer.status == 0, answer.err
    (run,) = tmp_path.glob("outputs/*")
    report = json.loads((run / "report.json").read_text())

    fresh_python("-m", "objloc.evaluate", f"model={run}", "tracking=off", cwd=tmp_path)
    (again,) = tmp_path.glob("outputs/*-evaluate-*/report.json")
    same = json.loads(again.read_text())
    for numbers in (report, same):
        del numbers["test"]["images_per_second"]
    assert same["test"] == report["test"]
    assert same["analysis"] == report["analysis"]
    assert same["analysis"]["test"]["ece"] > 0  # made of the scores: something was put out

    # Served from elsewhere, the model brings the module along.
    (tmp_path / "my_head.py").unlink()
    (model,) = tmp_path.glob("mlruns/**/code/my_head.py")
    said = fresh_python(
        "-c",
        "import sys, mlflow, numpy as np; model = mlflow.pyfunc.load_model(sys.argv[1]); "
        "found = model.predict(np.zeros((2, 48, 64, 3), np.uint8), params={'score_threshold': 0}); "
        "localizer = model.unwrap_python_model().predictor.engine.localizer; "
        "print(found['boxes'].shape, localizer.head.stride)",
        str(model.parent.parent),
        cwd=tmp_path,
    )
    assert re.fullmatch(r"\(2, \d\d+, 4\) 8", said.splitlines()[-1])


def write_options(folder: Path) -> None:
    """The README's options, as files of `--config-dir`; the text before each names the file."""
    found = re.findall(r"`my_conf/([\w/]+\.yaml)`[^`]*```yaml\n(.*?)^```$", TEXT, re.M | re.S)
    assert len(found) == len(blocks("yaml")) == 2
    for name, option in found:
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(option, "utf-8")


def test_code_is_short() -> None:
    own = [block for block in blocks("python") if block.startswith("# my_")]
    lines = sorted(sum(map(bool, block.splitlines())) for block in own)
    assert len(lines) == 3
    assert lines[1] <= 20
    assert lines[2] < 40


def test_commands_compose(tmp_path: Path) -> None:
    write_options(tmp_path)
    assert {name for name, _ in commands()} == set(shipped())
    for name, words in commands():
        if "--help" in words or any(word.startswith("resume=") for word in words):
            continue
        overrides = [
            as_hydra_takes_it(name, word)
            for word in words
            if not word.startswith("-") and word not in ("my_conf", "job")
        ]
        for job in single_jobs(overrides):
            compose(job, config_name=name, config_dir=tmp_path)


def as_hydra_takes_it(name: str, word: str) -> str:
    """A word without the ways in which a command makes it easier."""
    if name == "compare":
        return re.sub("^sweep=", "runs=", word)
    listed = {"export": "format", "explain": "parts"}.get(name)
    return re.sub(f"^{listed}=(.*)", rf"{listed}=[\1]", word) if listed else word


def test_groups_are_all_named() -> None:
    table = TEXT[TEXT.index("| group |") : TEXT.index("python -m objloc.train --help ")]
    named = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE))))
    assert named == set(groups([REPOSITORY / "conf"]))


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", TEXT)
    missing = [target for target in targets if not (REPOSITORY / target).exists()]
    # Made by the ladder from its pictures.
    assert set(missing) <= {"experiments/ladder/pictures/strip.png"}
