"""Every experiment that comes with objloc trains, is measured and leaves a model."""

import json
from pathlib import Path

import pytest

from objloc import train
from tests.conftest import Command
from tests.experiment_options import EXPERIMENTS, FILE_EXPERIMENTS, needed


@pytest.mark.slow
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_two_steps_of_every_experiment(
    experiment: str, command: Command, request: pytest.FixtureRequest
) -> None:
    own = []
    if experiment in FILE_EXPERIMENTS:
        own = needed(experiment, request.getfixturevalue("shared_data"))
    words = [f"+experiment={experiment}", "debug=smoke", "tracking=off", "callbacks=none"]
    answer = command(train.main, *words, *own)
    assert answer.status == 0, answer.err
    [report] = Path("outputs").glob("*/report.json")
    assert 0 <= json.loads(report.read_text())["test"]["mean_iou"] <= 1
    assert (report.parent / "model.keras").is_file()
