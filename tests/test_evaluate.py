"""`evaluate` gives the numbers that training printed, wherever the model is read from."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import pytest
from omegaconf import DictConfig, OmegaConf
from PIL import Image

from objloc import evaluate, export, train
from objloc.config import build
from objloc.config.composition import compose
from objloc.data_plan import data_plan
from objloc.engines import open_engine
from objloc.evaluation import Detections, Predictor
from objloc.evaluation.measurement import answer as answer_of
from objloc.evaluation.measurement import report_on
from objloc.model_card import ModelCard
from objloc.tracking import TrainedModel
from tests.conftest import Command, run_main
from tests.serving.service_process import service_process

# Seconds of training, after which the model is good but errs: numbers that could differ.
SMALL = (
    "experiment=multiclass",
    "augment=none",
    "callbacks=none",
    "dataset.image_size=64",
    "dataset.min_size=24",
    "dataset.max_size=40",
    "trainer.epochs=1",
    "trainer.limit_steps=120",
    "trainer.batch_size=16",
    "trainer.eval_batch_size=20",
    "trainer.limit_val_steps=10",  # 200 pictures
    "optimizer.learning_rate=3e-3",
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds `outputs` and `mlflow.db` of one training."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run_main(patch, train.main, "train.py", *SMALL) == 0
    return folder


@pytest.fixture(scope="module")
def run_folder(trained: Path) -> Path:
    """The training's own folder."""
    [file] = trained.glob("outputs/*/run.json")
    return file.parent


@pytest.fixture(scope="module")
def tracking(trained: Path) -> str:
    """The override that names the training's store."""
    return f"tracking.uri=sqlite:///{trained / 'mlflow.db'}"


def numbers(folder: Path) -> dict:
    """What `report.json` says, the speed left out."""
    report = json.loads((folder / "report.json").read_text())
    for split in ("val", "test", "train"):
        report.get(split, {}).pop("images_per_second", None)
    return report


@pytest.mark.slow
def test_the_models_own_data_gives_the_numbers_of_training(
    command: Command, run_folder: Path, tracking: str, tmp_path: Path
) -> None:
    from objloc.tracking import open_store

    printed = numbers(run_folder)
    for metric in ("mean_iou", "ap", "ap75"):
        assert 0.05 < printed["test"][metric] < 1, "too good or too bad to tell runs apart"
    assert set(printed["test"]["baselines"]) == {"mean_box", "whole_image"}

    run_id = json.loads((run_folder / "run.json").read_text())["run_id"]
    client = open_store(tracking.removeprefix("tracking.uri="))
    [output] = client.get_run(run_id).outputs.model_outputs
    place = client.get_logged_model(output.model_id).artifact_location
    client.create_registered_model("finder")
    client.create_model_version("finder", place, run_id, model_id=output.model_id)
    client.set_registered_model_alias("finder", "champion", "1")

    for source in (str(run_folder), run_id, "models:/finder@champion"):
        answer = command(evaluate.main, f"model={source}", tracking, f"output_root={tmp_path}/o")
        assert answer.status == 0, answer.err
        [folder] = (tmp_path / "o").iterdir()
        assert folder.name.endswith("-evaluate-multiclass")
        measured = numbers(folder)
        assert measured["test"] == printed["test"]
        assert measured["analysis"] == printed["analysis"]
        assert (measured["run_id"], measured["model"]) == (run_id, source)
        assert "the model's own" in answer.out
        folder.rename(tmp_path / f"done-{len(list(tmp_path.iterdir()))}")

    [experiment] = client.search_experiments(filter_string="name = 'evaluate-multiclass'")
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) == 3
    run = runs[0]
    assert run.info.run_name.startswith("evaluate-multiclass model=")
    assert run.data.tags["evaluated.run_id"] == run_id
    assert run.data.tags["evaluated.model"] == "models:/finder@champion"
    assert run.data.metrics["test/mean_iou"] == printed["test"]["mean_iou"]
    assert run.data.metrics["test/ece"] == printed["analysis"]["test"]["ece"]
    files = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"report.html", "report.md", "report.json", "pictures", "tables"} <= files
    tables = {file.path for file in client.list_artifacts(run.info.run_id, "tables/test")}
    assert {"tables/test/classes.json", "tables/test/confusion.json"} <= tables
    assert "train" not in {file.path for file in client.list_artifacts(run.info.run_id, "tables")}


@pytest.mark.slow
def test_training_an_exported_file_and_the_service_give_the_same_numbers(
    command: Command, run_folder: Path, tmp_path: Path
) -> None:
    printed = numbers(run_folder)["test"]
    exported = tmp_path / "exported"
    answer = command(export.main, f"model={run_folder}", f"output={exported}")
    assert answer.status == 0, answer.err
    model = exported / "model.onnx"
    answer = command(evaluate.main, f"model={model}", "tracking=off", f"output_root={tmp_path}/o")
    assert answer.status == 0, answer.err
    [folder] = (tmp_path / "o").iterdir()
    by_file = numbers(folder)["test"]

    config = OmegaConf.load(run_folder / "config.yaml")
    dataset = build(config.dataset, augment=build(config.augment), seed=config.seed)
    source = dataset.split("test")
    engine = open_engine(model)
    asked = answer_of(Predictor(engine, 20), source, dataset.batch_form, limit_batches=10)
    assert len(asked.truths) == 200
    with service_process(tmp_path, f"model={model}") as service:
        found = [ask(service.address, source.sample(0, i).image, engine.card) for i in range(200)]
    by_service = report_on(
        replace(asked, detections=found),
        engine.card.class_names,
        score_threshold=printed["score_threshold"],
        typical=None,
    ).metrics

    compared = [name for name in by_service if isinstance(printed.get(name), float)]
    assert {"mean_iou", "localization_accuracy", "class_accuracy", "ap"} <= set(compared)
    for name in compared:
        if name not in ("images_per_second", "mean_box_iou"):
            assert by_file[name] == pytest.approx(printed[name], abs=1e-3), name
            assert by_service[name] == pytest.approx(printed[name], abs=1e-3), name


def ask(address: str, image: np.ndarray, card: ModelCard) -> Detections:
    """What the service says of a picture, at every score."""
    file = BytesIO()
    Image.fromarray(image).save(file, "PNG")
    request = Request(
        f"{address}/v1/predict?score_threshold=0",
        data=file.getvalue(),
        headers={"Content-Type": "image/png"},
    )
    with urlopen(request, timeout=30) as reply:
        [picture] = json.load(reply)["images"]
    found = picture["detections"]
    return Detections(
        np.array([one["box"] for one in found], np.float32).reshape(-1, 4),
        np.array([card.class_names.index(one["label"]) for one in found], np.int32),
        np.array([one["score"] for one in found], np.float32),
    )


@pytest.mark.slow
def test_decoding_is_the_models_own_but_for_what_is_asked(
    command: Command, run_folder: Path, tmp_path: Path
) -> None:
    words = [f"model={run_folder}", "tracking=off", f"output_root={tmp_path}/o"]
    answer = command(evaluate.main, *words, "decoding.in_graph=false", "decoding.max_detections=7")
    assert answer.status == 0, answer.err
    [folder] = (tmp_path / "o").iterdir()
    used = OmegaConf.load(folder / "config.yaml")
    assert (used.decoding.max_detections, used.decoding.in_graph) == (7, False)
    assert used.decoding.iou_threshold == 0.6
    assert "max_detections=7, in_graph=False" in (folder / "report.html").read_text("utf-8")
    # The head has one candidate: in NumPy it is what it was in the graph.
    for name, value in numbers(run_folder)["test"].items():
        if isinstance(value, float):
            assert numbers(folder)["test"][name] == pytest.approx(value, abs=1e-5)
    answer = command(
        evaluate.main,
        f"model={run_folder}",
        "tracking=off",
        f"output_root={tmp_path}/soft",
        "decoding=soft",
    )
    assert answer.status == 0, answer.err
    [folder] = (tmp_path / "soft").iterdir()
    used = OmegaConf.load(folder / "config.yaml").decoding
    assert (used.soft_sigma, used.max_detections) == (0.5, 1)
    answer = command(evaluate.main, *words, "decoding.max_detections=0")
    assert answer.status != 0
    assert "decoding.max_detections=0 is not allowed" in answer.err


@pytest.mark.slow
def test_training_leaves_the_same_page(run_folder: Path) -> None:
    page = (run_folder / "report.html").read_text(encoding="utf-8")
    for section in ("Numbers", "Errors", "Confusions", "Curves", "Scores"):
        assert f">{section}</h2>" in page
    assert page.count("<img ") == 24
    mean_iou = json.loads((run_folder / "report.json").read_text())["test"]["mean_iou"]
    assert f">{mean_iou:.4f}<" in page


@pytest.mark.slow
def test_other_data_is_matched_by_class_names(
    command: Command, run_folder: Path, tmp_path: Path
) -> None:
    chosen = (f"model={run_folder}", "tracking=off", "trainer.eval_batch_size=20")
    data = (
        "augment=none",
        "dataset=creatures",
        "dataset.image_size=128",  # the model's is 64
        "dataset.min_size=48",
        "dataset.max_size=80",
        "dataset.test_size=40",
        "dataset.train_size=30",
        "score_threshold=0.25",
    )
    answer = command(evaluate.main, *chosen, *data, "dataset.classes=[mopple]")
    assert answer.status == 1
    assert "the dataset has no 'quillo', 'tarnip'" in answer.err
    assert "unknown_classes=ignore" in answer.err
    # The labels are 0, 1, 2 for the model, and here 2, 0, 1: the answers are as good.
    turned = "dataset.classes=[tarnip,mopple,quillo]"
    answer = command(evaluate.main, *chosen, *data, turned, "split=val", "dataset.val_size=40")
    assert answer.status == 0, answer.err
    folder = next(f for f in (tmp_path / "outputs").iterdir() if (f / "report.json").exists())
    assert folder.name.endswith("-evaluate-creatures")
    measured = json.loads((folder / "report.json").read_text())["val"]
    assert measured["score_threshold"] == 0.25
    assert measured["class_accuracy"] > 0.8  # labels taken as they are: a third at most
    assert (folder / "pictures" / "val.png").is_file()


@pytest.mark.slow
def test_what_cannot_be_evaluated_says_so(
    command: Command, run_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "alone.keras").write_bytes((run_folder / "model.keras").read_bytes())
    answer = command(evaluate.main, "model=alone.keras", "tracking=off")
    assert answer.status == 1
    assert "say what to measure on: dataset=… or +experiment=…" in answer.err
    assert "model must be given" in command(evaluate.main).err
    assert "no model at 'no/where'" in command(evaluate.main, "model=no/where").err
    assert "cannot be resumed" in command(evaluate.main, "model=x", "resume=latest").err


def test_what_was_used_is_written_down_whole() -> None:
    composition = compose(["model=x", "dataset=rectangles"], "evaluate")
    choices = composition.hydra.runtime.choices
    trained = TrainedModel("x", "", None, "no config", "sqlite:///mlflow.db")
    made = data_plan(composition.config, ["dataset=rectangles"], choices, trained)
    used = evaluate.settings_used(composition.config, made, {"score_threshold": 0.25})
    assert isinstance(used, DictConfig)
    text = OmegaConf.to_yaml(used, resolve=True)
    assert "score_threshold: 0.25" in text
    assert "objloc.data.Scenes" in text
