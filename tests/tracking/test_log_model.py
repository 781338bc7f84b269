"""A logged model answers exactly as the localizer did, wherever it is loaded."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
import numpy as np
import pytest
import yaml
from mlflow import MlflowClient
from PIL import Image

from objloc.errors import TrackingError
from objloc.evaluation import Predictor
from objloc.models import KerasEngine
from objloc.tracking import MlflowTracker, find_trained_model, load_localizer
from objloc.tracking.about_model import AboutModel

if TYPE_CHECKING:
    from objloc.models import Localizer

CONFIG = {"seed": 3, "storage": "postgresql://me:secret@host/db"}
METRICS = {"val/mean_iou": 0.75, "test/ap": 0.5, "test/ap_medium": float("nan")}
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 90, 40, 3), dtype=np.uint8)


def write_example(folder: Path) -> None:
    Image.fromarray(IMAGES[0]).save(folder / "0.png")


@pytest.fixture(scope="module")
def logged(store_uri: str, model_file: Path) -> tuple[str, str]:
    """Run id and URI of a logged model."""
    with MlflowTracker(store_uri).run(name="model") as run:
        uri = run.log_model(model_file, AboutModel(CONFIG, METRICS, write_example))
        run.log_metrics({"val/mean_iou": 0.75}, step=3)
    assert uri is not None
    return run.run_id, uri


@pytest.fixture
def folder(logged: tuple[str, str], client: MlflowClient) -> Path:
    """Where the logged model lies."""
    model = client.get_logged_model(logged[1].removeprefix("models:/"))
    assert str(model.status) == "READY"
    assert model.source_run_id == logged[0]
    return Path(model.artifact_location)


def test_pyfunc_answers_as_the_predictor(folder: Path, localizer: "Localizer") -> None:
    model = mlflow.pyfunc.load_model(str(folder))
    found = Predictor(KerasEngine(localizer)).predict_images(list(IMAGES))
    for threshold in (0.0, 1.0, localizer.score_threshold):
        kept = [one.over(threshold) for one in found]
        answer = model.predict(IMAGES, params={"score_threshold": threshold})
        assert {name: (array.dtype, array.shape) for name, array in answer.items()} == {
            "boxes": (np.float32, (3, 1, 4)),
            "labels": (np.int32, (3, 1)),
            "scores": (np.float32, (3, 1)),
        }
        for row, one in enumerate(kept):
            assert np.array_equal(answer["boxes"][row, : len(one)], one.boxes)
            assert np.array_equal(answer["scores"][row, : len(one)], one.scores)
            assert answer["labels"][row].tolist() == (one.labels.tolist() or [-1])
    # Without a word about it, the model's own threshold holds.
    own = model.predict(IMAGES)
    assert all(np.array_equal(own[name], answer[name]) for name in own)


def test_model_says_what_it_is(folder: Path, logged: tuple[str, str], client: MlflowClient) -> None:
    model = mlflow.models.Model.load(str(folder))
    facts = model.metadata
    assert facts["class_names"] == ["cat", "dog"]
    assert (facts["image_size"], facts["resize_mode"]) == (64, "letterbox")
    assert (facts["score_threshold"], facts["decoding"]["max_detections"]) == (0.01, 1)
    assert facts["metrics"] == {"val/mean_iou": 0.75, "test/ap": 0.5}
    assert json.loads((folder / "artifacts/model.json").read_text()).items() <= facts.items()
    assert model.signature.inputs.to_dict() == [
        {"type": "tensor", "tensor-spec": {"dtype": "uint8", "shape": (-1, -1, -1, 3)}}
    ]
    assert model.load_input_example(str(folder)).shape == (1, 32, 32, 3)
    text = (folder / "artifacts/config.yaml").read_text()
    assert yaml.safe_load(text) == {"seed": 3, "storage": "postgresql://***@host/db"}
    with Image.open(folder / "artifacts/exported/examples/0.png") as example:
        assert example.size == (40, 90)
    stored = client.get_logged_model(logged[1].removeprefix("models:/"))
    assert stored.params["image_size"] == "64"
    [metric] = stored.metrics  # what MLflow's page of the model shows
    assert (metric.key, metric.value, metric.step) == ("val/mean_iou", 0.75, 3)


def test_model_holds_code_and_no_pickle(folder: Path) -> None:
    requirements = (folder / "requirements.txt").read_text().splitlines()
    assert any(line.startswith("tensorflow==") for line in requirements)
    files = [path.name for path in (folder / "code" / "objloc").rglob("*")]
    assert "predictor.py" in files
    assert "mlflow_logger.py" not in files
    assert "scenes.py" not in files
    assert not [name for name in files if "." in name and not name.endswith(".py")]
    endings = {path.suffix for path in folder.rglob("*") if path.is_file() and path.suffix}
    assert endings <= {".py", ".keras", ".json", ".yaml", ".txt", ".png", ".onnx"}


def other_weights(folder: Path) -> None:
    read = load_localizer(folder)
    read.set_weights([weight + 1 for weight in read.get_weights()])
    read.save(folder / "artifacts/model.keras")


def other_facts(folder: Path) -> None:
    file = folder / "artifacts/model.json"
    file.write_text(file.read_text().replace('"dog"', '"cow"'))


def cut_off(folder: Path) -> None:
    file = folder / "artifacts/model.keras"
    file.write_bytes(file.read_bytes()[:-100])


def lost(folder: Path) -> None:
    (folder / "artifacts/config.yaml").unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (other_weights, r"artifacts/model\.keras is not the file that this model was stored with"),
        (other_facts, r"artifacts/model\.json is not the file that this model was stored with"),
        (cut_off, r"artifacts/model\.keras is not the file that this model was stored with"),
        (lost, r"artifacts/config\.yaml is missing"),
    ],
)
def test_a_damaged_model_is_refused(
    folder: Path,
    client: MlflowClient,
    store_uri: str,
    tmp_path: Path,
    damage: Callable[[Path], None],
    message: str,
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    damage(copy)
    for way in (mlflow.pyfunc.load_model, load_localizer):
        with pytest.raises(TrackingError, match=message):
            way(str(copy))
    # The same, where the store's own files are damaged.
    client.create_registered_model(damage.__name__)
    client.create_model_version(damage.__name__, str(copy))
    with pytest.raises(TrackingError, match=f"^models:/{damage.__name__}/1: {message}"):
        load_localizer(f"models:/{damage.__name__}/1", store_uri)


def test_model_brings_objloc_along(folder: Path, localizer: "Localizer", tmp_path: Path) -> None:
    """In a process of its own, with nothing at hand that only training needs."""
    code = """
import json, sys
import numpy as np
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("hydra", "omegaconf", "grain", "albumentations", "skimage",
                                  "faster_coco_eval", "msgspec", "resvg_py"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import mlflow
model = mlflow.pyfunc.load_model(sys.argv[1])
answer = model.predict(np.load(sys.argv[2]), params={"score_threshold": 0.0})
import objloc
print(json.dumps([objloc.__file__, {k: v.tolist() for k, v in answer.items()}]))
"""
    np.save(tmp_path / "images.npy", IMAGES)
    process = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(tmp_path / "images.npy")],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    objloc_file, answer = json.loads(process.stdout.splitlines()[-1])
    assert objloc_file == str(folder / "code" / "objloc" / "__init__.py")
    found = Predictor(KerasEngine(localizer)).predict_images(list(IMAGES))
    assert np.array_equal(np.float32(answer["boxes"]), [one.boxes for one in found])
    assert np.array_equal(np.float32(answer["scores"]), [one.scores for one in found])


def test_localizer_is_read_back_from_everywhere(
    logged: tuple[str, str], store_uri: str, folder: Path, model_file: Path, localizer: "Localizer"
) -> None:
    run_id, uri = logged
    sources = (run_id, uri, f"runs:/{run_id}/localizer", folder, model_file)
    expected = Predictor(KerasEngine(localizer)).predict_images([IMAGES[0]])[0]
    for source in sources:
        read = load_localizer(source, store_uri)
        assert (read.class_names, read.score_threshold) == (("cat", "dog"), 0.01)
        assert np.array_equal(
            Predictor(KerasEngine(read)).predict_images([IMAGES[0]])[0].boxes, expected.boxes
        )


def test_registered_models_are_found_by_alias_and_version(
    logged: tuple[str, str], store_uri: str, client: MlflowClient
) -> None:
    run_id, uri = logged
    other = client.create_run("0").info.run_id
    client.create_registered_model("finder")
    model_id = uri.removeprefix("models:/")
    place = client.get_logged_model(model_id).artifact_location
    client.create_model_version("finder", place, run_id, model_id=model_id)
    client.set_registered_model_alias("finder", "champion", "1")
    # Registered as a plain folder, as older MLflow did.
    client.create_model_version("finder", place, other)
    for source, run in (
        ("models:/finder@champion", run_id),
        ("models:/finder/1", run_id),
        ("models:/finder/latest", other),
        (uri, run_id),
        (run_id, run_id),
    ):
        model = find_trained_model(source, store_uri)
        assert (model.run_id, model.config) == (run, None)
        assert model.config_from == f"no config.yaml of run {run}"
    assert find_trained_model("models:/finder@champion", store_uri).load().image_size == 64
    for wrong in ("models:/finder@nobody", "models:/finder/9", "models:/nobody/latest"):
        with pytest.raises(TrackingError, match=r"nobody|finder"):
            find_trained_model(wrong, store_uri)


def test_a_model_comes_with_the_config_of_its_run(
    store_uri: str, model_file: Path, tmp_path: Path
) -> None:
    config = {"seed": 3, "dataset": {"root": "größer", "share": 0.25}}
    with MlflowTracker(store_uri).run(name="model") as run:
        run.log_config(config)
        run.log_model(model_file)
    stored = find_trained_model(run.run_id, store_uri)
    assert (stored.config, stored.run_id) == (config, run.run_id)
    shutil.copy(model_file, tmp_path / "model.keras")
    alone = find_trained_model(str(tmp_path), store_uri)
    assert (alone.config, alone.run_id) == (None, "")
    (tmp_path / "config.yaml").write_text("seed: 3", encoding="utf-8")
    (tmp_path / "run.json").write_text('{"run_id": "abc"}', encoding="utf-8")
    for source in (tmp_path, tmp_path / "model.keras"):
        on_disk = find_trained_model(str(source), store_uri)
        assert (on_disk.config, on_disk.run_id) == ({"seed": 3}, "abc")
    (tmp_path / "config.yaml").write_text("seed: [", encoding="utf-8")
    with pytest.raises(TrackingError, match=r"config\.yaml cannot be read"):
        find_trained_model(str(tmp_path), store_uri)


def test_what_cannot_be_read_back_says_so(
    store_uri: str, tmp_path: Path, client: MlflowClient
) -> None:
    with pytest.raises(TrackingError, match="no model at 'nowhere/x'"):
        load_localizer("nowhere/x", store_uri)
    with pytest.raises(TrackingError, match=r"no model\.keras in this folder"):
        load_localizer(tmp_path, store_uri)
    empty = client.create_run("0").info.run_id
    with pytest.raises(TrackingError, match=f"run {empty} holds no model"):
        load_localizer(empty, store_uri)
    (tmp_path / "bad.keras").write_bytes(b"no zip")
    with pytest.raises(TrackingError, match=r"bad\.keras: not a model that Keras can load"):
        load_localizer(tmp_path / "bad.keras", store_uri)


def test_models_are_not_stored_when_switched_off(store_uri: str, model_file: Path) -> None:
    with MlflowTracker(store_uri, log_model=False).run(name="model") as run:
        assert run.log_model(model_file) is None
