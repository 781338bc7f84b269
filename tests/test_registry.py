"""`registry.name=…` makes what was trained a version of a registered model, or says why not."""

import json
from pathlib import Path

import mlflow
import pytest

from objloc import train
from objloc.tracking import open_store
from tests.conftest import Command
from tests.test_train import SMALL

STORE = "sqlite:///mlflow.db"
TRACKED = [word for word in SMALL if word != "tracking=off"]


@pytest.mark.slow
def test_a_trained_model_is_registered_with_all_that_is_known_of_it(command: Command) -> None:
    names = ("registry.name=finder", "registry.alias=champion", "registry.export=false")
    answer = command(train.main, *TRACKED, *names, "registry.examples=2")
    assert answer.status == 0, answer.err
    assert answer.out.endswith(
        "version  finder 1\nchampion is version 1; there was none before\n"
        "load it as models:/finder@champion\n"
    )
    client = open_store(STORE)
    version = client.get_model_version_by_alias("finder", "champion")
    run = client.get_run(version.run_id)
    assert run.info.status == "FINISHED"
    assert version.tags["metric"] == "val/mean_iou"
    assert float(version.tags["metric.value"]) == run.data.metrics["val/mean_iou"]

    folder = Path(version.source)
    facts = mlflow.models.Model.load(str(folder)).metadata
    [report] = Path("outputs").glob("*/report.json")
    measured = json.loads(report.read_text())
    for split in ("val", "test"):
        assert facts["metrics"][f"{split}/mean_iou"] == measured[split]["mean_iou"]
    assert (folder / "artifacts/config.yaml").read_text() == mlflow.artifacts.load_text(
        f"{run.info.artifact_uri}/config.yaml"
    )
    examples = folder / "artifacts" / "exported" / "examples"
    assert sorted(file.name for file in examples.iterdir()) == ["0.png", "1.png"]
    stored = client.get_logged_model(run.outputs.model_outputs[0].model_id)
    assert {one.key: one.value for one in stored.metrics}.items() >= facts["metrics"].items()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["registry.alias=champion"], "registry.alias=champion needs the name"),
        (["registry.name=a/b"], "registry.name='a/b': a registered model's name has none of"),
        (["registry.name=a", "registry.alias=v2"], "registry.alias=v2: MLflow keeps this word"),
        (["registry.name=a", "tracking=off"], "registry.name=a: no model is stored with"),
        (["registry.name=a", "tracking.log_model=false"], "registry.name=a: no model is stored"),
    ],
)
def test_what_cannot_be_registered_is_said_before_training(
    command: Command, words: list[str], message: str
) -> None:
    answer = command(train.main, *TRACKED, *words)
    assert answer.status == 1
    assert answer.err.startswith(f"error: {message}")
    assert not Path("mlflow.db").exists()


def test_no_job_of_a_sweep_takes_the_alias(command: Command) -> None:
    words = ("registry.name=a", "registry.alias=champion", "seed=0,1", "-m")
    answer = command(train.main, *TRACKED, *words)
    assert answer.status == 1
    assert "registry.alias=champion: in a sweep it would end at the job that happens" in answer.out
    assert "python -m objloc.promote run=best-of:latest name=a alias=champion" in answer.out
