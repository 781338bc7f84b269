"""Opens whatever stands for a model, with what it takes to run it."""

import importlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from objloc.engines.exported_model import sidecar_of
from objloc.errors import ConfigError, TrackingError
from objloc.evaluation.predictor import Predictor
from objloc.loading.loaded_model import LoadedModel

if TYPE_CHECKING:
    from objloc.engines.exported_engine import ExportedEngine
    from objloc.tracking import TrainedModel

_STORE = "sqlite:///mlflow.db"
_SUFFIXES = frozenset({".onnx", ".tflite", ".xml"})
_IN_SAVED_MODEL = "saved_model.pb"


def load(
    source: str | os.PathLike[str],
    *,
    tracking_uri: str | None = None,
    threads: int | None = None,
    batch_size: int = 16,
) -> LoadedModel:
    """A model, ready to be called with pictures.

    What was exported is run by its own runtime, anything else by Keras: TensorFlow takes seconds
    to import. Where TensorFlow is not installed, a registered model's ONNX file is run instead.

    Args:
        source: what `objloc.export` wrote (`.onnx`, `.tflite`, `.xml` or a SavedModel's folder),
            a run's folder, a `.keras` file, a run's id, or `models:/NAME@ALIAS`, `models:/…` or
            `runs:/…` of MLflow.
        tracking_uri: the MLflow store to ask for what is not on disk; None for the one that the
            environment variable MLFLOW_TRACKING_URI names, else sqlite:///mlflow.db.
        threads: of one call; None for one per core. TensorFlow has one number of them for all
            that a process does.
        batch_size: so many pictures of a list are looked at at once. With `evaluate`'s
            `trainer.eval_batch_size`, a list's answers are the bits that `evaluate` measures.

    Raises:
        ObjlocError: there is no such model, or it cannot be read; the message says why.
    """
    text, path = os.fspath(source), Path(source)
    if _is_exported(path):
        return _exported(text, path, threads, batch_size)
    uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or _STORE
    _check_place(text, path, uri)
    if find_spec("tensorflow") is None:
        return _from_store(text, path, uri, threads, batch_size)

    from objloc.tracking import find_trained_model

    return _keras(find_trained_model(text, uri), threads, batch_size)


def _is_exported(path: Path) -> bool:
    if not path.name or not path.exists():
        return False
    known = path.suffix in _SUFFIXES or (path / _IN_SAVED_MODEL).is_file()
    return known or sidecar_of(path).is_file()


def _exported(source: str, file: Path, threads: int | None, batch_size: int) -> LoadedModel:
    from objloc.engines import open_engine

    engine: ExportedEngine = open_engine(file, threads)
    return LoadedModel(source, Predictor(engine), Predictor(engine, batch_size), fills_up=False)


def _check_place(source: str, path: Path, uri: str) -> None:
    """A SQLite store that is not there would be made, only to be found empty."""
    if path.exists() or not uri.startswith("sqlite:///"):
        return
    database = Path(uri.removeprefix("sqlite:///"))
    if not database.is_file():
        raise TrackingError(
            f"{source}: there is neither such a file or folder in {Path.cwd()}, nor the tracking "
            f"store {database} to ask for it; name the store with tracking_uri=… or in "
            "MLFLOW_TRACKING_URI"
        )


def _from_store(
    source: str, path: Path, uri: str, threads: int | None, batch_size: int
) -> LoadedModel:
    """The ONNX file of a model in MLflow."""
    if path.exists():
        raise ConfigError(
            f"{source}: TensorFlow, which runs it, is not installed; install it, or load what "
            "objloc.export made of it"
        )
    from objloc.tracking.model_lookup import ModelLookup
    from objloc.tracking.model_name import ModelName
    from objloc.tracking.stored_model import ONNX_FILE

    lookup = ModelLookup(uri)
    with tempfile.TemporaryDirectory() as scratch:  # the runtime reads the file once
        file = Path(scratch) / ONNX_FILE
        lookup.fetch(lookup.locate(ModelName.parse(source)), file.parent)
        if not file.is_file():
            raise TrackingError(
                f"{source}: TensorFlow, which runs it, is not installed, and there is no ONNX file "
                "in it; to put one in, promote its run where it was trained: "
                "python -m objloc.promote run=ID name=NAME"
            )
        return _exported(source, file, threads, batch_size)


def _keras(trained: "TrainedModel", threads: int | None, batch_size: int) -> LoadedModel:
    from objloc.training.quiet_import import quiet_import

    with quiet_import():
        importlib.import_module("keras")
    from objloc.models import KerasEngine

    _limit_threads(threads)
    precision = (trained.config or {}).get("trainer", {}).get("precision", "float32")
    with _precision(precision):
        localizer = trained.load()
        # An engine for each size of batch: see `LoadedModel`.
        engines = [KerasEngine(localizer), KerasEngine(localizer)]
    one, many = Predictor(engines[0], 1), Predictor(engines[1], batch_size)
    return LoadedModel(trained.source, one, many, fills_up=True)


def _limit_threads(threads: int | None) -> None:
    import tensorflow as tf

    if threads in (None, tf.config.threading.get_intra_op_parallelism_threads()):
        return
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    except RuntimeError as error:
        raise ConfigError(
            f"threads={threads}: TensorFlow fixes its threads once per process, and has done so; "
            "leave threads out, or load this model first"
        ) from error


@contextmanager
def _precision(policy: str) -> Iterator[None]:
    """Keras' precision, for as long as a model is built: part of what it computes."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
