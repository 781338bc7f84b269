"""`objloc.load`: three lines of Python, whatever the model is and whatever pictures are held in."""

import json
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import objloc
from objloc import boxes as geometry
from objloc import load
from objloc.errors import ConfigError, DataError, ExportError, ObjlocError, TrackingError
from objloc.evaluation import Predictor
from objloc.loading.loaded_model import LoadedModel
from objloc.models import KerasEngine, Localizer
from objloc.tracking import MlflowTracker, open_store
from objloc.tracking.about_model import AboutModel
from objloc.tracking.model_lookup import ModelLookup
from objloc.tracking.model_name import ModelName
from objloc.tracking.registry import register_run
from tests.conftest import fresh_python

CLASSES = ("cat", "dog", "fox")


@pytest.fixture(scope="module")
def localizer() -> Localizer:
    """Untrained, for several objects in letterboxed 64 × 64."""
    import keras

    from objloc.models.backbones import convolutional
    from objloc.models.heads.grid import Grid

    keras.utils.set_random_seed(1)
    made = Localizer(
        convolutional(64, [4, 4, 4], [0, 0, 0]),
        Grid(num_classes=3, width=8),
        CLASSES,
        64,
        decoding={"max_detections": 5},
    )
    # Spread what it says, so that no two pictures get the same answer.
    rng = np.random.default_rng(1)
    made.set_weights([w + rng.normal(0, 0.2, w.shape) for w in made.get_weights()])
    made.score_threshold = 0.1
    return made


@pytest.fixture(scope="module")
def folder(localizer: Localizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder."""
    path = tmp_path_factory.mktemp("run")
    localizer.save(path / "model.keras")
    (path / "config.yaml").write_text("seed: 3\n", encoding="utf-8")
    return path


def example(folder: Path) -> None:
    Image.fromarray(picture(30, 40)).save(folder / "0.png")


@pytest.fixture(scope="module")
def store(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the model in it: `models:/finder@champion`, its ONNX file inside."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"
    with MlflowTracker(uri).run(name="model") as run:
        run.log_config({"seed": 3})
        run.log_model(folder / "model.keras", AboutModel(write_examples=example))
        run.log_metrics({"test/mean_iou": 0.5, "loss": 1.0})
    lines = register_run(open_store(uri), run.run_id, "finder", "champion", export=True, tags={})
    assert lines[0] == "onnx     inside the model: objloc.serve can run it"
    again = register_run(open_store(uri), run.run_id, "finder", "champion", export=True, tags={})
    assert again[0] == "version  finder 1, registered before"  # and no second export
    return uri


@pytest.fixture(scope="module")
def exported(store: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ONNX file of the registered model."""
    folder = tmp_path_factory.mktemp("fetched")
    lookup = ModelLookup(store)
    assert lookup.fetch(lookup.locate(ModelName.parse("models:/finder@champion")), folder)
    return folder / "model.onnx"


@pytest.fixture(scope="module")
def model(folder: Path) -> LoadedModel:
    return load(folder)


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.array(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def test_one_picture_is_answered_as_the_predictor_does(
    model: LoadedModel, localizer: Localizer
) -> None:
    image = picture(90, 50)
    [expected] = Predictor(KerasEngine(localizer)).predict_images([image])
    kept = expected.over(0.1)
    found = model(image)
    assert np.array_equal(found.boxes, kept.boxes)
    assert found.boxes.dtype == np.float32
    assert np.array_equal(found.labels, kept.labels)
    assert np.array_equal(found.scores, kept.scores)
    assert found.names == tuple(CLASSES[label] for label in kept.labels)
    assert 0 < len(found) < len(model(image, score_threshold=0)) == 5
    assert (model.class_names, model.score_threshold) == (CLASSES, 0.1)
    for place, one in enumerate(found):
        assert one.box == tuple(kept.boxes[place].tolist())
        assert (one.name, one.label) == (CLASSES[kept.labels[place]], kept.labels[place])
        assert one.score == kept.scores[place]
    nothing = model(image, score_threshold=1)
    assert (len(nothing), nothing.boxes.shape) == (0, (0, 4))
    assert repr(nothing) == "Found(nothing)"
    assert repr(found).startswith(f"Found({found[0].name} {found[0].score:.2f} at (")


def test_a_list_is_answered_with_the_bits_of_evaluate(folder: Path, localizer: Localizer) -> None:
    """Pictures of the model's own size, in batches of which the last is filled up."""
    from objloc.data.resize import Resize

    images = [picture(64, 64, seed) for seed in range(6)]
    predictor = Predictor(KerasEngine(localizer), batch_size=4)
    expected = [
        one
        for part in (images[:4], images[4:])
        for one in predictor.predict_batch(
            np.stack(part), [Resize()] * len(part), [(64, 64)] * len(part), fill_to=4
        )
    ]
    loaded = load(folder, batch_size=4)
    loaded(images[0])  # what was asked before makes no difference
    for found, one in zip(loaded(images, score_threshold=0), expected, strict=True):
        assert np.array_equal(found.boxes, one.boxes)
        assert np.array_equal(found.scores, one.scores)
    assert loaded([]) == []


def test_pictures_may_be_anything(model: LoadedModel, tmp_path: Path) -> None:
    image = picture(40, 60)
    Image.fromarray(image).save(tmp_path / "a.png")
    turned = Image.fromarray(np.rot90(image).copy())  # upright after a quarter turn clockwise
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    file = BytesIO()
    turned.save(file, "PNG", exif=exif)
    same: list[object] = [
        image,
        Image.fromarray(image),
        Image.open(tmp_path / "turned.png"),
        tmp_path / "a.png",
        str(tmp_path / "turned.png"),
        file.getvalue(),
        np.dstack([image, np.full((40, 60), 255, np.uint8)]),
        image[:, ::-1][:, ::-1],
    ]
    answers = model([*same, picture(70, 30)], score_threshold=0)
    assert len(answers) == len(same) + 1
    for answer in answers[1:-1]:
        assert np.array_equal(answer.boxes, answers[0].boxes)
        assert np.array_equal(answer.scores, answers[0].scores)
    assert not np.array_equal(answers[-1].boxes, answers[0].boxes)
    grey = image[..., 0]
    for kind in (grey, grey[..., None], np.dstack([grey] * 3)):
        assert np.array_equal(model(kind).scores, model(Image.fromarray(grey)).scores)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("nowhere.jpg", r"nowhere\.jpg: there is no such picture"),
        (b"no picture", "not a picture"),
        (3, "int is no picture"),
        (np.zeros((4, 4, 3)), "an array of float64 is no picture: make it uint8"),
        (np.zeros((4, 4, 2), np.uint8), r"an array \(4, 4, 2\) is no picture"),
        (
            np.zeros((2, 4, 4, 3), np.uint8),
            r"an array .* is several pictures: give a list of them, list\(",
        ),
        (np.zeros((0, 4, 3), np.uint8), r"an array \(0, 4, 3\) has no pixels"),
    ],
)
def test_what_is_no_picture_is_named(model: LoadedModel, wrong: object, message: str) -> None:
    with pytest.raises(DataError, match=f"^{message}|^picture: {message}"):
        model(wrong)
    with pytest.raises(DataError, match=rf"^pictures\[1\]: (picture: )?{message}"):
        model([picture(9, 9), wrong])


def test_a_threshold_is_a_score(model: LoadedModel) -> None:
    for wrong in (-0.1, 1.5, float("nan")):
        with pytest.raises(ConfigError, match=r"it must be in 0\.\.1"):
            model(picture(9, 9), score_threshold=wrong)


def test_the_same_model_from_everywhere(
    model: LoadedModel, folder: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [run_id] = [one.info.run_id for one in open_store(store).search_runs(["1"])]
    expected = model(picture(50, 70))
    for source in (folder / "model.keras", "models:/finder@champion", f"runs:/{run_id}/localizer"):
        found = load(source, tracking_uri=store)(picture(50, 70))
        assert np.array_equal(found.boxes, expected.boxes)
        assert np.array_equal(found.scores, expected.scores)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    assert load(run_id)(picture(50, 70)).names == expected.names


def test_an_exported_model_answers_as_keras(model: LoadedModel, exported: Path) -> None:
    onnx = load(exported, threads=1)
    images = [picture(50 + 9 * seed, 70, seed) for seed in range(20)]
    pairs = list(zip(model(images, 0), onnx(images, 0), strict=True))
    pairs += [(model(image, 0), onnx(image, 0)) for image in images[:2]]
    for mine, theirs in pairs:
        assert mine.names == theirs.names
        assert np.allclose(mine.scores, theirs.scores, atol=1e-3)
        real = (mine.boxes[:, 2:] > mine.boxes[:, :2]).all(axis=1)
        assert (geometry.iou(mine.boxes[real], theirs.boxes[real]) >= 0.999).all()
    assert onnx.card == model.card


def test_a_service_finds_all_it_needs_in_a_registered_model(exported: Path) -> None:
    about = json.loads((exported.parent / "model.onnx.json").read_text())["about"]
    assert (about["config"], about["metrics"]) == ({"seed": 3}, {"test/mean_iou": 0.5})
    with Image.open(exported.parent / "examples" / "0.png") as example:
        assert example.size == (40, 30)


def test_without_tensorflow_the_onnx_file_answers(
    model: LoadedModel, store: str, tmp_path: Path
) -> None:
    Image.fromarray(picture(50, 70)).save(tmp_path / "a.png")
    code = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("tensorflow", "keras", "mlflow"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import importlib.util
whole = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "tensorflow" else whole(name, *a)
import objloc
from objloc.errors import ObjlocError
print(objloc.load("models:/finder@champion", tracking_uri=sys.argv[1])("a.png", 0).names)
try:
    objloc.load(sys.argv[2])
except ObjlocError as error:
    print(error)
"""
    keras_file = tmp_path / "model.keras"
    keras_file.touch()
    names, error = fresh_python("-c", code, store, str(keras_file), cwd=tmp_path).splitlines()
    assert names == str(model(tmp_path / "a.png", 0).names)
    assert error == (
        f"{keras_file}: TensorFlow, which runs it, is not installed; install it, or load what "
        "objloc.export made of it"
    )


def test_what_is_no_model_is_said(exported: Path, store: str, tmp_path: Path) -> None:
    shutil.copy(exported, tmp_path / "alone.onnx")
    wrong: list[tuple[object, type[ObjlocError], str]] = [
        (tmp_path / "alone.onnx", ExportError, r"alone\.onnx\.json is missing beside it"),
        (tmp_path, TrackingError, r"no model\.keras in this folder"),
        ("models:/nobody@champion", TrackingError, "nobody"),
        ("nowhere/x", TrackingError, "no model at 'nowhere/x'"),
    ]
    for source, kind, message in wrong:
        with pytest.raises(kind, match=message):
            load(source, tracking_uri=store)
    with pytest.raises(TrackingError, match=r"nor the tracking store .*none\.db to ask for it"):
        load("models:/finder@champion", tracking_uri=f"sqlite:///{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()


def test_importing_objloc_imports_nothing_large(tmp_path: Path) -> None:
    code = (
        "import sys, objloc; print(sorted({'numpy', 'keras', 'mlflow', 'cv2'} & set(sys.modules)))"
    )
    assert fresh_python("-c", code, cwd=tmp_path) == "[]\n"
    with pytest.raises(AttributeError, match="'objloc' has no attribute 'lod'"):
        _ = objloc.lod
