"""Reading a localizer back: from MLflow, a run's folder or a file."""

import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objloc.errors import TrackingError
from objloc.tracking.model_files import FOLDER, KERAS_FILE, check_files
from objloc.tracking.model_name import ModelName

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    from objloc.models import Localizer

MODEL_NAME = "localizer"
"""What a run's model is called in MLflow: `runs:/ID/localizer`."""

_IN_MODEL = f"{FOLDER}/{KERAS_FILE}"  # where `log_model` puts it inside an MLflow model


def load_localizer(
    source: str | Path,
    tracking_uri: str = "sqlite:///mlflow.db",
    own_modules: Sequence[str] = (),
) -> "Localizer":
    """The localizer of a run, with its weights, class names and score threshold.

    Args:
        source: a `.keras` file, a folder that holds `model.keras` (a run's folder, or a downloaded
            MLflow model), an MLflow model's URI (`models:/…`, `runs:/…`) or an MLflow run's id.
        tracking_uri: the store to ask where `source` is not on disk.
        own_modules: as `read_localizer` takes them.

    Raises:
        TrackingError: there is no such model, or it is damaged.
    """
    file = model_file_at(Path(source))
    if file is not None:
        check_files(file)
        return read_localizer(file, own_modules)
    with tempfile.TemporaryDirectory() as scratch:
        file = _download(str(source), tracking_uri, scratch)
        check_files(file, str(source))
        return read_localizer(file, own_modules)


def model_file_at(path: Path) -> Path | None:
    """The `.keras` file that a path on disk means; None where there is nothing at all.

    Raises:
        TrackingError: a folder holds no model.
    """
    for file in (path, path / KERAS_FILE, path / _IN_MODEL):
        if file.is_file():
            return file
    if path.exists():
        raise TrackingError(f"{path}: no model.keras in this folder; did the run finish?")
    return None


def read_localizer(file: Path, own_modules: Sequence[str] = ()) -> "Localizer":
    """A localizer from its `.keras` file.

    Args:
        file: the file.
        own_modules: the user's own modules, or names in them, that may be imported for parts of
            the model that objloc doesn't have (`allowed_targets`).

    Raises:
        TrackingError: the file cannot be read, or holds another kind of model.
    """
    # Here, not above: Keras takes seconds to import.
    import keras

    from objloc.models import Localizer
    from objloc.models.saved_parts import import_parts

    if not file.name.endswith(".keras") or not file.is_file():
        raise TrackingError(f"{file}: no such .keras file")
    try:
        import_parts(saved_config(file), own_modules)
        model = keras.saving.load_model(file, compile=False)
    except ModuleNotFoundError as error:
        raise TrackingError(
            f"{file}: a part of this model is defined in the module {error.name!r}, which is not "
            "found here; run this where that module lies, or name its folder in PYTHONPATH"
        ) from error
    except (ValueError, OSError, TypeError, KeyError, zipfile.BadZipFile) as error:
        raise TrackingError(f"{file}: not a model that Keras can load: {error}") from error
    if not isinstance(model, Localizer):
        raise TrackingError(f"{file}: holds a {type(model).__name__}, not an objloc localizer")
    return model


def saved_config(file: Path) -> dict[str, Any]:
    """What a `.keras` file says that its model is made of, read without Keras.

    Raises:
        zipfile.BadZipFile, KeyError, ValueError: it is no such file.
    """
    with zipfile.ZipFile(file) as archive:
        return dict(json.loads(archive.read("config.json")))


def _download(source: str, tracking_uri: str, folder: str) -> Path:
    """Fetches the `.keras` file of an MLflow model or run into a folder."""
    from mlflow.artifacts import download_artifacts

    from objloc.tracking.store import open_store, tracking_errors

    client = open_store(tracking_uri)
    with tracking_errors(tracking_uri, f"give the model of {source!r}"):
        # The whole model: MLflow reads a path behind a model's URI as part of its name.
        model = download_artifacts(
            artifact_uri=find_model(client, source).location,
            dst_path=folder,
            tracking_uri=client.tracking_uri,
        )
    return Path(model) / _IN_MODEL


@dataclass(frozen=True)
class FoundModel:
    """A model in an MLflow store.

    Attributes:
        run_id: of the run that made it; "" where the store doesn't know.
        location: where its files are.
        version: its number in the registry; "" where it was not asked for by a registered name.
    """

    run_id: str
    location: str
    version: str = ""


def find_model(client: "MlflowClient", source: "str | ModelName") -> FoundModel:
    """The model that is meant by a run's id, `runs:/…` or `models:/…`.

    Raises:
        TrackingError: there is none.
        MlflowException: the store doesn't hold what is asked for.
    """
    name = ModelName.parse(source) if isinstance(source, str) else source
    if name.registered:
        return _registered(client, name)
    model_id = name.model_id
    if not model_id:
        outputs = client.get_run(name.run_id).outputs
        models = outputs.model_outputs if outputs else []
        if not models:
            raise TrackingError(f"run {name.run_id} holds no model; did it finish?")
        model_id = models[-1].model_id
    # By its place: MLflow looks for ids and names in its global store, not in this one.
    model = client.get_logged_model(model_id)
    return FoundModel(model.source_run_id or "", model.artifact_location)


def versions_of(client: "MlflowClient", name: str) -> "list[ModelVersion]":
    """All versions of a registered model; none where there is no such model."""
    quote = '"' if "'" in name else "'"  # MLflow's servers don't take a doubled one
    found: list[ModelVersion] = []
    token: str | None = None
    while True:
        page = client.search_model_versions(
            f"name = {quote}{name}{quote}", max_results=1000, page_token=token
        )
        found += page
        token = page.token
        if not token:
            return found


def _registered(client: "MlflowClient", name: ModelName) -> FoundModel:
    """The version of a registered model that has the name now."""
    if name.alias:
        version = client.get_model_version_by_alias(name.registered, name.alias)
    elif name.version == "latest":
        versions = versions_of(client, name.registered)
        if not versions:
            raise TrackingError(f"the registry holds no version of {name.registered!r}")
        version = max(versions, key=lambda one: int(one.version))
    else:
        version = client.get_model_version(name.registered, name.version)
    number = str(version.version)
    if version.model_id:
        found = find_model(client, ModelName(model_id=version.model_id))
        return replace(found, version=number)
    location = client.get_model_version_download_uri(name.registered, number)
    return FoundModel(version.run_id or "", location, number)
