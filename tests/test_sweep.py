"""A multirun leaves one parent and its children in MLflow, and models that say the same again."""

import json
from pathlib import Path

import numpy as np
import pytest

from objloc import train
from objloc.config import build
from tests.conftest import Command


@pytest.mark.slow
def test_children_hang_under_a_parent_and_their_models_measure_the_same(command: Command) -> None:
    answer = command(
        train.main,
        "-m",
        "+experiment=white_box",
        "loss.weights.box=1,2",
        "debug=smoke",
        "callbacks=none",
        "dataset.image_size=64",
        "dataset.max_size=48",
    )
    assert answer.status == 0, answer.err

    import mlflow

    store = (
        f"sqlite:///{Path('mlflow.db').absolute()}"  # MLflow keeps a relative one's first folder
    )
    mlflow.set_tracking_uri(store)
    runs = mlflow.search_runs(search_all_experiments=True, output_format="list")
    [parent] = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs if run is not parent]
    assert [run.data.tags["mlflow.parentRunId"] for run in children] == [parent.info.run_id] * 2
    assert {run.data.params["loss.weights.box"] for run in children} == {"1", "2"}
    assert {run.info.status for run in runs} == {"FINISHED"}
    check_model_measures_the_same(children[0].info.run_id)


def check_model_measures_the_same(run_id: str) -> None:
    """The model from the store, measured anew, gives the numbers that training printed."""
    from omegaconf import OmegaConf

    from objloc.data import eval_batches
    from objloc.evaluation import Predictor, evaluate, predict_batches
    from objloc.tracking import load_localizer

    [record] = [file for file in Path("outputs").glob("*/*/run.json") if run_id in file.read_text()]
    config = OmegaConf.load(record.parent / "config.yaml")
    dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
    localizer = load_localizer(run_id, tracking_uri="sqlite:///mlflow.db")
    batches = eval_batches(
        dataset.split("test"),
        batch_size=config.trainer.eval_batch_size,
        form=dataset.batch_form,
        workers=0,
    )
    answers = predict_batches(Predictor(localizer), [next(batches)])
    report = evaluate(*answers, dataset.class_names, score_threshold=localizer.score_threshold)
    printed = json.loads((record.parent / "report.json").read_text())["test"]
    for name in ("mean_iou", "localization_accuracy", "presence_accuracy", "ap", "iou_p50"):
        np.testing.assert_equal(report.metrics[name], printed[name])
