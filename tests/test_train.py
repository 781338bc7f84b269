import json
from pathlib import Path

import pytest

from objloc import train
from objloc.training.run_folder import RunFolder
from tests.conftest import Command

SMALL = (
    "experiment=multiclass",
    "debug=smoke",
    "tracking=off",
    "dataset.image_size=64",
    "dataset.min_size=16",
    "dataset.max_size=32",
)


def _folder() -> RunFolder:
    [file] = Path("outputs").glob("*/run.json")
    return RunFolder(file.parent)


@pytest.mark.slow
def test_a_run_leaves_model_report_and_pictures(command: Command) -> None:
    answer = command(train.main, *SMALL)
    assert answer.status == 0, answer.err
    folder = _folder()
    record = folder.read()
    assert record is not None
    assert record.status == "FINISHED"
    for path in (
        folder.config_file,
        folder.last_checkpoint,
        folder.best_checkpoint,
        folder.model_file,
        folder.pictures / "test.png",
        folder.pictures / "epoch_001.png",
        folder.path / "report.md",
    ):
        assert path.is_file(), path
    report = json.loads((folder.path / "report.json").read_text())
    assert 0 <= report["test"]["mean_iou"] <= 1
    assert report["test"]["whole_image_iou"] > 0
    assert report["epochs"] == 1
    assert "localization accuracy" in answer.out
    assert str(folder.model_file) in answer.out

    from objloc.tracking import load_localizer

    assert load_localizer(folder.model_file).score_threshold == report["test"]["score_threshold"]

    answer = command(train.main, f"resume={folder.path}")
    assert answer.status == 1
    assert "already finished" in answer.err


@pytest.mark.slow
def test_an_interrupted_run_says_how_to_go_on_and_goes_on(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(train, "use_best_weights", interrupt)
        answer = command(train.main, *SMALL, "callbacks=none")
    folder = _folder()
    assert answer.status == 130
    assert f"python -m objloc.train resume={folder.path.absolute()}" in answer.err
    record = folder.read()
    assert record is not None
    assert record.status == "KILLED"

    answer = command(train.main, "resume=latest", "experiment=white_box")
    assert answer.status == 1
    assert "belongs to another experiment" in answer.err

    answer = command(train.main, "resume=latest")
    assert answer.status == 0, answer.err
    record = _folder().read()
    assert record is not None
    assert record.status == "FINISHED"


@pytest.mark.slow
def test_a_run_that_fails_says_so(command: Command) -> None:
    answer = command(train.main, *SMALL, "optimizer.learning_rate=1e38", "optimizer.clip_norm=null")
    assert answer.status == 1
    assert "the loss is no number any more" in answer.err
    record = _folder().read()
    assert record is not None
    assert record.status == "FAILED"
