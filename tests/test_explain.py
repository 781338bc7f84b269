"""`explain` looks into every kind of model, wherever it is read from, and keeps what it finds."""

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from mlflow import MlflowClient
from omegaconf import OmegaConf
from PIL import Image

from objloc import explain, export, train
from objloc.config import compose
from objloc.data.scenes import Scenes
from objloc.data_plan import DataPlan
from objloc.decoding import Decoding
from objloc.errors import DataError
from objloc.evaluation import Predictor
from objloc.models import KerasEngine, Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads import Head
from objloc.models.heads.grid import Grid
from objloc.models.heads.regression import Regression
from objloc.models.heads.soft_argmax import SoftArgmax
from objloc.models.heads.ssd import SSD
from objloc.models.heads.yolo import Yolo
from objloc.training.save_model import save_model
from tests.conftest import Answer, Command

CLASSES = ["mopple", "quillo", "tarnip"]
SIDE = 64
DATA = (
    "experiment=multiclass",
    "augment=none",
    f"dataset.image_size={SIDE}",
    "dataset.min_size=24",
    "dataset.max_size=40",
    "dataset.train_size=64",
    "dataset.val_size=16",
    "dataset.test_size=24",
)
# As little as shows that every part does its work.
LITTLE = (
    "examples.worst=1",
    "examples.random=1",
    "examples.searched=24",
    "maps.methods.smooth_grad.samples=2",
    "maps.methods.integrated_gradients.steps=4",
    "maps.methods.d_rise.masks=16",
    "maps.methods.occlusion.patch=32",
    "maps.trust.steps=3",
    "maps.trust.sanity_examples=1",
    "layers.pictures=8",
    "probes.scenes_per_value=8",
    "probes.places=3",
    "probes.objects_per_place=8",
    "probes.shifted_objects=2",
)
ONE_METHOD = tuple(
    f"maps.methods.{name}=null"
    for name in ("grad_cam", "grad_cam_plus_plus", "integrated_gradients", "d_rise", "occlusion")
)
HEADS: dict[str, Callable[[], Head]] = {
    "grid": lambda: Grid(3, width=8),
    "yolo": lambda: Yolo(3, strides=(8, 16), width=8),
    "ssd": lambda: SSD(3, strides=(8, 16), width=8),
    "soft_argmax": lambda: SoftArgmax(3, width=8, look_stride=8, look_width=8),
    "regression": lambda: Regression(3, hidden=(8,)),
}


def run_folder(folder: Path, head: Head) -> Path:
    """A run's folder: an untrained localizer, and the config of its run."""
    folder.mkdir()
    keras.utils.set_random_seed(1)
    localizer = Localizer(
        convolutional(SIDE, [4, 4, 4, 4], [0, 0, 0, 0]),
        head,
        CLASSES,
        SIDE,
        score_threshold=0.01,
        decoding=Decoding(max_detections=1),
    )
    save_model(localizer, folder / "model.keras")
    OmegaConf.save(compose(DATA).config, folder / "config.yaml")
    return folder


@pytest.fixture
def told(command: Command) -> Callable[..., Answer]:
    """`told("model=…", …)` runs the command, with little to do."""
    return lambda *words: command(explain.main, *LITTLE, *words, program="explain.py")


def result_of(folder: Path) -> Path:
    """Where the one explanation made in a folder is."""
    [result] = folder.glob("outputs/*-explain-*")
    return result


@pytest.mark.slow
@pytest.mark.parametrize("name", HEADS)
def test_every_head(told: Callable[..., Answer], tmp_path: Path, name: str) -> None:
    model = run_folder(tmp_path / "run", HEADS[name]())
    answer = told(f"model={model}", "tracking=off", "parts=maps,layers", *ONE_METHOD)
    assert (answer.status, answer.err) == (0, "")
    result = result_of(tmp_path)
    page = (result / "explanation.html").read_text(encoding="utf-8")
    assert answer.out == f"page     {result / 'explanation.html'}\n"
    assert ">Where it looks</h2>" in page
    assert ">How it breaks</h2>" not in page
    numbers = json.loads((result / "numbers.json").read_text(encoding="utf-8"))
    # Head and backbone, layer by layer.
    layers = {row[0] for row in numbers["tables"]["layers/statistics"]["rows"]}
    assert any(layer.startswith("head/") for layer in layers)
    assert any(layer.startswith("backbone/") for layer in layers)
    assert list(result.glob("pictures/maps/*.png"))


@pytest.mark.slow
def test_a_trained_run_in_the_store_with_its_learning(
    command: Command, told: Callable[..., Answer], tmp_path: Path
) -> None:
    words = ("trainer.epochs=2", "trainer.limit_steps=2", "trainer.batch_size=16", "backbone=tiny")
    answer = command(train.main, *DATA, *words, "callbacks=explain", "registry.export=false")
    assert answer.status == 0, answer.err
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    [run] = client.search_runs([client.get_experiment_by_name("multiclass").experiment_id])
    (tmp_path / "outputs").rename(tmp_path / "elsewhere")  # the store has to do
    answer = told(f"model={run.info.run_id}", *ONE_METHOD)
    assert answer.status == 0, answer.err
    result = result_of(tmp_path)
    page = (result / "explanation.html").read_text(encoding="utf-8")
    parts = ("Where it looks", "What the model computes", "How it learned", "How it breaks")
    for section in parts:
        assert f">{section}</h2>" in page
    assert "Left out:" not in page

    explained = client.get_experiment_by_name("explain-multiclass")
    [kept] = client.search_runs([explained.experiment_id])
    assert kept.info.status == "FINISHED"
    assert kept.data.tags["explained.run_id"] == run.info.run_id
    numbers = json.loads((result / "numbers.json").read_text(encoding="utf-8"))
    finite = {name: value for name, value in numbers["metrics"].items() if value is not None}
    assert kept.data.metrics == pytest.approx(finite)
    files = {file.path for file in client.list_artifacts(kept.info.run_id)}
    assert {"explanation.html", "numbers.json", "pictures", "tables"} <= files
    # The model, and what it was shown, are the same wherever it is read from: so is the answer.
    [folder] = (tmp_path / "elsewhere").iterdir()
    answer = told(f"model={folder}", "tracking=off", *ONE_METHOD, "output=again")
    assert answer.status == 0, answer.err
    again = json.loads((tmp_path / "again" / "numbers.json").read_text(encoding="utf-8"))
    for metrics in (again["metrics"], numbers["metrics"]):
        for name in [one for one in metrics if one.endswith("/seconds")]:
            del metrics[name]  # what a map took
    assert again["metrics"] == numbers["metrics"]


@pytest.mark.slow
def test_an_exported_model_is_asked_from_outside(
    command: Command, told: Callable[..., Answer], tmp_path: Path
) -> None:
    model = run_folder(tmp_path / "run", HEADS["grid"]())
    answer = command(export.main, f"model={model}", "format=onnx", "output=files", "tracking=off")
    assert answer.status == 0, answer.err
    answer = told("model=files/model.onnx", "tracking=off")
    assert answer.status == 0, answer.err
    result = result_of(tmp_path)
    page = (result / "explanation.html").read_text(encoding="utf-8")
    assert "Left out: an exported model shows nothing but its answers" in page
    numbers = json.loads((result / "numbers.json").read_text(encoding="utf-8"))
    assert any(name.startswith("probe/") for name in numbers["metrics"])
    explained = {name.split("/")[1] for name in numbers["metrics"] if name.startswith("maps/")}
    assert explained >= {"occlusion", "d_rise"}
    assert not explained & {"grad_cam", "hires_cam", "smooth_grad"}


@pytest.mark.slow
def test_pictures_of_which_nobody_knows_what_is_there(
    told: Callable[..., Answer], tmp_path: Path
) -> None:
    model = run_folder(tmp_path / "run", HEADS["grid"]())
    (model / "config.yaml").unlink()
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    rng = np.random.default_rng(0)
    for name in ("one.png", "two.png"):
        Image.fromarray(rng.integers(0, 255, (40, 90, 3), np.uint8)).save(photographs / name)
    (photographs / "broken.png").write_bytes(b"no picture")
    before = {file.name: file.read_bytes() for file in photographs.iterdir()}
    words = (f"model={model}", f"source={photographs}", "tracking=off", *ONE_METHOD)
    refused = told(*words, f"output={photographs / 'results'}")
    assert refused.status == 1
    assert "inside the source's folder" in refused.err
    answer = told(*words)
    assert answer.status == 0
    assert answer.err.startswith("skipped broken.png: ")
    result = result_of(tmp_path)
    page = (result / "explanation.html").read_text(encoding="utf-8")
    assert "one.png" in page
    assert "two.png" in page
    assert "Left out: there is nothing to measure on" in page
    assert "Left out: no record of the training is at hand" in page
    assert {file.name: file.read_bytes() for file in photographs.iterdir()} == before


@pytest.mark.parametrize("needed", [False, True])
def test_data_without_the_split_stops_only_what_needs_it(
    monkeypatch: pytest.MonkeyPatch, needed: bool
) -> None:
    def no_split(*_: object) -> None:
        raise DataError("the test split is empty")

    model = Localizer(convolutional(SIDE, [4], [0]), Regression(3), CLASSES, SIDE)
    plan = DataPlan("multiclass", compose(DATA).config, "a test")
    predictor = Predictor(KerasEngine(model))
    dataset, why = explain.matched_data(plan, "", predictor, "test", needed)
    assert dataset is not None
    assert why == ""
    monkeypatch.setattr(Scenes, "split", no_split)
    if needed:
        with pytest.raises(DataError, match="the test split is empty"):
            explain.matched_data(plan, "", predictor, "test", needed)
    else:
        found = explain.matched_data(plan, "", predictor, "test", needed)
        assert found == (None, "the test split is empty")


def test_what_cannot_be_explained_says_so(told: Callable[..., Answer], tmp_path: Path) -> None:
    assert "model must be given" in told().err
    assert "no model at 'no/where'" in told("model=no/where", "tracking=off").err
    model = tmp_path / "alone.keras"
    model.write_bytes(b"never read")
    answer = told(f"model={model}", "tracking=off")
    assert answer.status == 1
    assert "say what to measure on" in answer.err
    assert "there is no such file or folder" in told(f"model={model}", "source=nothing").err
    assert "parts=" in told(f"model={model}", "parts=maps,dreams").err
    assert not (tmp_path / "outputs").exists()
