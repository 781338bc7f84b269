"""A multirun leaves one parent and its children in MLflow, and models that say the same again."""

import json
from pathlib import Path

import numpy as np
import pytest

from objloc import promote, train
from objloc.config import build
from tests.conftest import Command


@pytest.mark.slow
def test_real_trainings_are_compared_pruned_and_the_best_is_promoted(command: Command) -> None:
    answer = command(
        train.main,
        "-m",
        "+experiment=white_box",
        "optimizer.learning_rate=2e-3,1e-9",
        "debug=smoke",
        "trainer.epochs=2",
        "trainer.measure_latency=true",
        "callbacks=quiet",
        "dataset.image_size=64",
        "dataset.max_size=48",
        "pruner=median",
        "pruner.n_startup_trials=1",
        "sweep.metric=val/loss",
        "sweep.mode=min",
    )
    assert answer.status == 0, answer.err
    assert "trial 1 PRUNED  stopped after epoch 1 of 2: val/loss" in answer.out

    import mlflow

    store = (
        f"sqlite:///{Path('mlflow.db').absolute()}"  # MLflow keeps a relative one's first folder
    )
    mlflow.set_tracking_uri(store)
    runs = mlflow.search_runs(search_all_experiments=True, output_format="list")
    [parent] = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = {run.data.tags["sweep.trial"]: run for run in runs if run is not parent}
    assert [run.data.tags["mlflow.parentRunId"] for run in children.values()] == [
        parent.info.run_id
    ] * 2
    assert children["0"].data.params["optimizer.learning_rate"] == "0.002"
    assert children["0"].data.metrics["val/milliseconds"] > 0
    assert [children[one].data.tags["outcome"] for one in "01"] == ["FINISHED", "PRUNED"]
    best = children["0"].info.run_id
    assert list(Path(parent.info.artifact_uri).glob("best/*.png"))
    check_model_measures_the_same(best)

    words = ("run=best-of:latest", "name=finder", "alias=champion")
    promoted = command(promote.main, *words, program="promote.py")
    assert promoted.status == 0, promoted.err
    version = mlflow.MlflowClient(store, store).get_model_version_by_alias("finder", "champion")
    assert version.run_id == best


def check_model_measures_the_same(run_id: str) -> None:
    """The model from the store, measured anew, gives the numbers that training printed."""
    from omegaconf import OmegaConf

    from objloc.data import eval_batches
    from objloc.evaluation import Predictor, evaluate, predict_batches
    from objloc.models import KerasEngine
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
    answers = predict_batches(Predictor(KerasEngine(localizer)), [next(batches)])
    report = evaluate(*answers, dataset.class_names, score_threshold=localizer.score_threshold)
    printed = json.loads((record.parent / "report.json").read_text())["test"]
    for name in ("mean_iou", "localization_accuracy", "presence_accuracy", "ap", "iou_p50"):
        np.testing.assert_equal(report.metrics[name], printed[name])
