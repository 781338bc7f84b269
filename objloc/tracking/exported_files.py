"""The ONNX file inside an MLflow model: what runs where there is no TensorFlow."""

import importlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from objloc.engines.exported_model import sidecar_of
from objloc.errors import ExportError
from objloc.exporting import require
from objloc.tracking.model_files import EXPORTED
from objloc.tracking.store import tracking_errors
from objloc.tracking.stored_model import ONNX_FILE
from objloc.tracking.trained_model import TrainedModel, find_trained_model
from objloc.training.quiet_import import quiet_import


def add_exported(client: MlflowClient, model_id: str) -> str:
    """Puts an ONNX file into a stored model that has none; TensorFlow is imported for it.

    Without one a model can be registered and loaded, but no service answers with it: what stands
    in the way is said, not raised.

    Args:
        client: of the store.
        model_id: of the model, `m-…`.

    Returns:
        What was done, for people; "" where there is such a file already.

    Raises:
        TrackingError: the model cannot be read, or the store doesn't take the file.
    """
    uri = client.tracking_uri
    with tracking_errors(uri, f"list the files of model {model_id}"):
        there = {file.path for file in client.list_logged_model_artifacts(model_id, EXPORTED)}
    onnx_file = f"{EXPORTED}/{ONNX_FILE}"
    if {onnx_file, str(sidecar_of(Path(onnx_file)))} <= there:
        return ""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            require(["onnx"])
            trained = find_trained_model(f"models:/{model_id}", uri)
            about = {**_about(client, model_id), "config": trained.config}
            _export(trained, Path(scratch) / EXPORTED, about)
        except ExportError as error:
            return f"onnx     none in the model, which objloc.serve needs: {error}"
        with tracking_errors(uri, f"take the ONNX file of model {model_id}"):
            client.log_model_artifacts(model_id, scratch)
    return "onnx     inside the model: objloc.serve can run it"


def _export(trained: TrainedModel, folder: Path, about: Mapping[str, Any]) -> None:
    with quiet_import():  # TensorFlow loads here, unless it is there already
        importlib.import_module("keras")
    from objloc.exporting import export_model

    export_model(trained.load(), folder, ["onnx"], about=about)


def _about(client: MlflowClient, model_id: str) -> dict[str, Any]:
    """What the sidecar says of the model, for people."""
    with tracking_errors(client.tracking_uri, f"describe model {model_id}"):
        model = client.get_logged_model(model_id)
        run = client.get_run(str(model.source_run_id))
    metrics: Mapping[str, float] = run.data.metrics
    return {
        "run_id": run.info.run_id,
        "run": run.info.run_name,
        "model_id": model_id,
        "metrics": {
            name: value for name, value in metrics.items() if name.startswith(("val/", "test/"))
        },
    }
