import json
from pathlib import Path

import numpy as np
import pytest

from objloc import evaluate, train
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


@pytest.mark.slow
def test_what_was_learned_on_small_squares_answers_on_large_ones(command: Command) -> None:
    words = ("experiment=detection", "debug=smoke", "tracking=off", "dataset.image_size=128")
    answer = command(train.main, *words, "trainer.image_size=96", "dataset.test_size=16")
    assert answer.status == 0, answer.err
    folder = _folder()
    report = json.loads((folder.path / "report.json").read_text())

    from objloc.tracking import load_localizer
    from objloc.training import load_checkpoint

    localizer = load_localizer(folder.model_file)
    assert localizer.image_size == 128
    assert localizer.score_threshold == report["test"]["score_threshold"]
    answered = [np.asarray(weight) for weight in localizer.weights]
    load_checkpoint(folder.best_checkpoint, {"model": localizer.weights})
    for weight, learned in zip(answered, localizer.weights, strict=True):
        np.testing.assert_array_equal(weight, learned)

    evaluated = command(evaluate.main, f"model={folder.path}", "tracking=off", "output_root=again")
    assert evaluated.status == 0, evaluated.err
    [file] = Path("again").glob("*/report.json")
    assert json.loads(file.read_text())["test"]["ap"] == report["test"]["ap"]


@pytest.mark.slow
def test_a_head_that_reads_places_learns_at_the_size_it_answers_at(command: Command) -> None:
    answer = command(train.main, *SMALL, "head=regression", "trainer.image_size=96")
    assert answer.status == 1
    assert "trainer.image_size=96: the head has weights for each place" in answer.err
