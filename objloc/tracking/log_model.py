"""Storing a localizer as an MLflow model that anyone can load and serve."""

import json
import logging
import math
import shutil
import sysconfig
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import mlflow.pyfunc
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput
from mlflow.models import Model, ModelSignature
from mlflow.types import ParamSchema, ParamSpec, Schema, TensorSpec

import objloc
from objloc.data.resize import LETTERBOX_GREY
from objloc.decoding import Decoding
from objloc.tracking.about_model import AboutModel
from objloc.tracking.flatten import flatten
from objloc.tracking.masked import config_text
from objloc.tracking.model_files import (
    CONFIG_FILE,
    EXPORTED,
    FACTS_FILE,
    KERAS_FILE,
    digests,
)
from objloc.tracking.stored_localizer import MODEL_NAME, saved_config

# What answers, and what reads a localizer: a server takes the files one by one.
_CODE = (
    "__init__.py",
    "boxes.py",
    "decoding.py",
    "errors.py",
    "file_digest.py",
    "lazy_imports.py",
    "model_card.py",
    "data/__init__.py",
    "data/resize.py",
    "models/**/*.py",
    "evaluation/__init__.py",
    "evaluation/detections.py",
    "evaluation/engine.py",
    "evaluation/predictor.py",
    "tracking/__init__.py",
    "tracking/model_files.py",
    "tracking/model_name.py",
    "tracking/stored_localizer.py",
)

# It warns, at every model, that an environment made by uv has no pip whose version it could note.
logging.getLogger("mlflow.utils.environment").setLevel(logging.ERROR)

# What a loaded model imports. Named here because MLflow would find out by loading the model in
# another process, for half a minute.
_REQUIREMENTS = (
    "mlflow",
    "tensorflow",
    "keras",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "jaxtyping",
    "pyyaml",
)


def log_model(
    client: MlflowClient, run_id: str, model_file: Path, about: AboutModel | None = None
) -> str:
    """Stores a saved localizer under a run; returns its URI, `models:/m-…`.

    `mlflow.pyfunc.load_model(uri).predict(images)` answers with what `Predictor` says; objloc's
    code travels along, so objloc need not be installed there; so does the user's own module of a
    head or a layer.

    Args:
        client: of the store.
        run_id: the run that made the model.
        model_file: the localizer, saved as `.keras` with the score threshold that counts.
        about: what is to be stored with it.
    """
    about = about or AboutModel()
    facts = model_facts(model_file, about.metrics)
    logged = client.create_logged_model(
        client.get_run(run_id).info.experiment_id,
        name=MODEL_NAME,
        source_run_id=run_id,
        params=flatten({name: facts[name] for name in _SHOWN}),
        model_type="localizer",
    )
    model = Model(
        artifact_path=logged.artifact_location,
        model_uuid=logged.model_id,
        run_id=run_id,
        model_id=logged.model_id,
    )
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            files = _files(folder, model_file, facts, about.config)
            saved = folder / "saved"
            mlflow.pyfunc.save_model(
                path=str(saved),
                mlflow_model=model,
                python_model=str(Path(__file__).with_name("pyfunc_model.py")),
                artifacts={name: str(file) for name, file in files.items()},
                code_paths=[str(_code(folder)), *_own_code(facts["own_modules"])],
                signature=_signature(float(facts["score_threshold"])),
                input_example=np.zeros((1, 32, 32, 3), np.uint8),
                pip_requirements=_requirements(),
                metadata={**facts, **digests({file.name: file for file in files.values()})},
            )
            if about.write_examples is not None:
                examples = saved / EXPORTED / "examples"
                examples.mkdir(parents=True)
                about.write_examples(examples)
            client.log_model_artifacts(logged.model_id, str(saved))
    except BaseException:
        client.finalize_logged_model(logged.model_id, "FAILED")
        raise
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    return f"models:/{logged.model_id}"


_SHOWN = ("score_threshold", "image_size", "resize_mode", "class_names", "decoding")


def model_facts(model_file: Path, metrics: Mapping[str, float]) -> dict:
    """What a saved localizer is: the model's card, for people and programs.

    Args:
        model_file: the localizer.
        metrics: of it; those that could not be measured are left out.
    """
    from objloc.models.saved_parts import named_modules  # brings Keras

    saved = saved_config(model_file)
    config = saved["config"]
    decoding = Decoding(**config.get("decoding", {})).for_objects(max_objects=1)
    return {
        "class_names": list(config["class_names"]),
        "image_size": int(config["image_size"]),
        "resize_mode": str(config["resize_mode"]),
        "letterbox_grey": LETTERBOX_GREY,
        "images": "RGB, uint8, of any size; the model resizes them itself",
        "boxes": "x1, y1, x2, y2 in pixels of the picture given",
        "score_threshold": float(config["score_threshold"]),
        "decoding": decoding.as_dict(),
        "metrics": {k: float(v) for k, v in metrics.items() if math.isfinite(v)},
        "own_modules": [name for name in named_modules(saved) if name.split(".")[0] != "objloc"],
    }


def _files(
    folder: Path, model_file: Path, facts: Mapping[str, object], config: Mapping[str, object] | None
) -> dict[str, Path]:
    """Copies of what goes into the model's `artifacts`, by the names that the model's code uses."""
    files = {"localizer": folder / KERAS_FILE, "facts": folder / FACTS_FILE}
    shutil.copyfile(model_file, files["localizer"])
    files["facts"].write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    if config is not None:
        files["config"] = folder / CONFIG_FILE
        files["config"].write_text(config_text(config), encoding="utf-8")
    return files


def _signature(score_threshold: float) -> ModelSignature:
    """Tensors in and out, named; the threshold may be set anew with every call."""
    return ModelSignature(
        inputs=Schema([TensorSpec(np.dtype(np.uint8), (-1, -1, -1, 3))]),
        outputs=Schema(
            [
                TensorSpec(np.dtype(np.float32), (-1, -1, 4), "boxes"),
                TensorSpec(np.dtype(np.int32), (-1, -1), "labels"),
                TensorSpec(np.dtype(np.float32), (-1, -1), "scores"),
            ]
        ),
        params=ParamSchema([ParamSpec("score_threshold", "double", score_threshold)]),
    )


def _code(folder: Path) -> Path:
    """A copy of the Python files that a loaded model needs: no pictures, configs or caches."""
    source = Path(objloc.__path__[0])
    for pattern in _CODE:
        for file in source.glob(pattern):
            target = folder / "objloc" / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return folder / "objloc"


def _own_code(modules: list[str]) -> list[str]:
    """The files, or the whole packages, of the user's own modules; not what is installed."""
    installed = Path(sysconfig.get_path("purelib"))
    found = []
    for name in sorted({module.split(".")[0] for module in modules}):
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            file = Path(spec.origin)
            path = file.parent if spec.submodule_search_locations else file
            if not path.is_relative_to(installed):
                found.append(str(path))
    return found


def _requirements() -> list[str]:
    """The packages at the versions that are installed here."""
    pinned = []
    for name in _REQUIREMENTS:
        try:
            pinned.append(f"{name}=={version(name)}")
        except PackageNotFoundError:
            pinned.append(name)  # present under another name, such as tensorflow-cpu
    return pinned
