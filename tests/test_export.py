"""`export` writes a run's model, checks it on the run's own pictures, and overwrites nobody's."""

import json
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import keras
import numpy as np
import pytest
from omegaconf import OmegaConf
from PIL import Image

from objloc import export
from objloc.config.composition import compose
from objloc.decoding import Decoding
from objloc.engines import open_engine
from objloc.exporting import exporter
from objloc.models import Localizer
from objloc.models.backbones import convolutional
from objloc.models.heads.grid import Grid
from objloc.training.save_model import save_model
from tests.conftest import Answer, Command

DATA = (
    "experiment=multiclass",
    "augment=none",
    "dataset.image_size=64",
    "dataset.min_size=24",
    "dataset.max_size=40",
    "dataset.train_size=30",
    "dataset.test_size=24",
    "trainer.eval_batch_size=8",
    "trainer.limit_val_steps=2",
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder: an untrained localizer, the config and the report of its run."""
    config = compose([*DATA, "tracking.uri=https://me:secret@host/runs"]).config
    keras.utils.set_random_seed(1)
    localizer = Localizer(
        convolutional(64, [4, 4, 4], [0, 0, 0]),
        Grid(num_classes=3, width=8),
        ["mopple", "quillo", "tarnip"],
        64,
        decoding=Decoding(max_detections=1),
    )
    rng = np.random.default_rng(1)
    localizer.set_weights([w + rng.normal(0, 0.2, w.shape) for w in localizer.get_weights()])
    localizer.score_threshold = 0.01
    folder = tmp_path_factory.mktemp("run")
    save_model(localizer, folder / "model.keras")
    OmegaConf.save(config, folder / "config.yaml")
    (folder / "run.json").write_text('{"run_id": "abc"}')
    (folder / "report.json").write_text('{"test": {"mean_iou": 0.5, "baselines": {}}}')
    return folder


@pytest.fixture
def run(command: Command, model: Path) -> Callable[..., Answer]:
    """`run("format=onnx", …)` runs the command with the model."""
    return lambda *words: command(
        export.main, f"model={model}", "tracking=off", *words, program="export.py"
    )


def test_int8_beside_float32_with_examples(
    run: Callable[..., Answer], model: Path, tmp_path: Path
) -> None:
    answer = run("format=onnx,saved_model", "precision=int8", "calibration=6", "examples=3")
    assert (answer.status, answer.err) == (0, "")
    [folder] = (tmp_path / "outputs").iterdir()
    assert folder.name.endswith("-export-multiclass")
    assert {path.name for path in folder.iterdir()} == {
        *("model.onnx", "model.onnx.json", "model.int8.onnx", "model.int8.onnx.json"),
        *("saved_model", "saved_model.json", "examples"),
    }
    lines = answer.out.splitlines()
    for name in ("Keras", "model.onnx", "saved_model", "model.int8.onnx"):
        assert any(line.split()[:1] == [name] for line in lines), name
    # Two batches of eight, as the run measured.
    assert "accuracy on 16 pictures of the test split" in lines
    assert lines[-1] == f"files    outputs/{folder.name}" or lines[-1].endswith(folder.name)
    about = open_engine(folder / "model.int8.onnx").exported.about
    assert (about["run_id"], about["metrics"]) == ("abc", {"mean_iou": 0.5})
    # By it objloc.serve knows that the file is still of this model.
    assert about["source_sha256"] == sha256((model / "model.keras").read_bytes()).hexdigest()
    assert about["config"]["dataset"]["train_size"] == 30
    assert about["config"]["tracking"]["uri"] == "https://***@host/runs"
    assert about["accuracy"]["float32"].keys() == about["accuracy"]["int8"].keys()
    assert open_engine(folder / "model.onnx").card.score_threshold == 0.01
    examples = sorted((folder / "examples").iterdir())
    assert [path.name for path in examples] == ["0.png", "1.png", "2.png"]
    shapes = {np.asarray(Image.open(path)).shape for path in examples}
    assert shapes == {(64, 64, 3)}


def test_a_folder_keeps_what_is_not_an_export(
    run: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("output=out", "examples=1")
    assert run("format=saved_model", *words).status == 0
    first = (tmp_path / "out" / "saved_model.json").read_bytes()
    # Another format joins; what is there already stays.
    assert run("format=[onnx]", *words).status == 0
    assert (tmp_path / "out" / "saved_model.json").read_bytes() == first
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("saved_model", "saved_model.json", "model.onnx", "model.onnx.json", "examples")
    }

    def never(*arguments: object, **words: object) -> None:
        raise AssertionError("too late")

    monkeypatch.setattr(exporter, "export_model", never)
    for name in ("notes.txt", "examples/holiday.png", "model.onnx.bak"):
        (tmp_path / "out" / name).write_text("mine")
        answer = run("format=onnx", *words)
        assert answer.status == 1
        assert f"holds other things than an export ({Path(name).name})" in answer.err
        (tmp_path / "out" / name).unlink()
    (tmp_path / "file").write_text("mine")
    assert "output=file is a file" in run("output=file").err
    # An exported model cannot be exported.
    answer = run("model=out/model.onnx")
    assert "exported already" in answer.err


def test_without_the_data_photographs_do_for_float32_alone(
    run: Callable[..., Answer], model: Path, tmp_path: Path
) -> None:
    (tmp_path / "model.keras").write_bytes((model / "model.keras").read_bytes())
    answer = run("model=model.keras", "format=onnx", "output=out")
    assert answer.status == 0, answer.err
    assert "photographs stand in for it: no config.yaml beside model.keras" in answer.out
    assert not (tmp_path / "out" / "examples").exists()
    answer = run("model=model.keras", "format=onnx", "precision=int8", "output=int8")
    assert answer.status == 1
    assert "precision=int8" in answer.err
    assert "not at hand: no config.yaml" in answer.err
    assert not (tmp_path / "int8").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["format=onx"], "allowed: list of one of onnx, saved_model, litert, openvino"),
        (["format=saved_model", "precision=int8"], "add onnx or litert"),
        (["model=nowhere/x"], "no model at 'nowhere/x'"),
    ],
)
def test_mistakes_are_messages(
    run: Callable[..., Answer], tmp_path: Path, words: list[str], message: str
) -> None:
    answer = run(*words)
    assert answer.status == 1
    assert message in answer.err
    assert not (tmp_path / "outputs").exists()


def test_a_missing_package_is_said_first(
    run: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    answer = run("model=nowhere/x", "format=saved_model,onnx")
    assert "pip install 'objloc[onnx]'" in answer.err


def test_what_int8_costs_is_warned_of(
    run: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter([0.9, 0.85])
    monkeypatch.setattr(
        "objloc.exporting.accuracy.accuracy_on",
        lambda *arguments, **words: (
            lambda engine: {
                "pictures": 16.0,
                "mean_iou": next(numbers),
                "localization_accuracy": 1.0,
                "ap": 1.0,
            }
        ),
    )
    answer = run("format=onnx", "precision=int8", "calibration=2", "examples=0", "output=out")
    assert "warning: model.int8.onnx loses 0.050 of mean IoU" in answer.out
    sidecar = json.loads((tmp_path / "out" / "model.int8.onnx.json").read_text())
    assert sidecar["about"]["accuracy"]["int8"]["mean_iou"] == 0.85
    assert not (tmp_path / "out" / "examples").exists()


def test_help_needs_no_tensorflow(command: Command) -> None:
    answer = command(export.main, "--help", program="export.py")
    assert answer.status == 0
    for key in ("model", "format", "precision", "output", "examples", "calibration"):
        assert f"\n  {key}=" in answer.out, key
