"""Every experiment that comes with objloc trains, is measured and leaves a model."""

import json
from pathlib import Path

import pytest

from objloc import train
from objloc.config import config_folder
from tests.conftest import Command

EXPERIMENTS = sorted(file.stem for file in (Path(config_folder()) / "experiment").glob("*.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_two_steps_of_every_experiment(experiment: str, command: Command) -> None:
    answer = command(
        train.main, f"+experiment={experiment}", "debug=smoke", "tracking=off", "callbacks=none"
    )
    assert answer.status == 0, answer.err
    [report] = Path("outputs").glob("*/report.json")
    assert 0 <= json.loads(report.read_text())["test"]["mean_iou"] <= 1
    assert (report.parent / "model.keras").is_file()
