"""A stored model together with what it was trained on: its run's config."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from objloc.engines.exported_model import read_exported, sidecar_of
from objloc.errors import TrackingError
from objloc.file_digest import file_digest
from objloc.tracking.stored_localizer import find_model, load_localizer, model_file_at

if TYPE_CHECKING:
    from objloc.models import Localizer

SOURCE_DIGEST = "source_sha256"
"""In the `about` of a sidecar: the SHA-256 of the `.keras` file that was exported, if it was one on
disk."""

_CONFIG = "config.yaml"
_RUN = "run.json"


@dataclass(frozen=True)
class TrainedModel:
    """A model and where it comes from.

    Attributes:
        source: what was asked for.
        run_id: the tracking store's id of the run that trained it; "" where it is not known.
        config: that run's composed config; None where it is not at hand.
        config_from: where the config was read; why there is none.
        tracking_uri: the store that was or is to be asked.
        is_exported: `source` is the file of an exported model.
    """

    source: str
    run_id: str
    config: Mapping[str, Any] | None
    config_from: str
    tracking_uri: str
    is_exported: bool = False

    def load(self) -> "Localizer":
        """The model itself; imports Keras.

        Raises:
            TrackingError: it cannot be read.
        """
        # What the training was allowed to build: the user's own head, perhaps.
        allowed = (self.config or {}).get("allowed_targets") or []
        return load_localizer(self.source, self.tracking_uri, [str(name) for name in allowed])

    def file_digest(self) -> str:
        """The SHA-256 of its `.keras` file, in hexadecimal digits; "" where it is not on disk."""
        file = model_file_at(Path(self.source))
        return "" if file is None else file_digest(file).hex()


def find_trained_model(source: str, tracking_uri: str = "sqlite:///mlflow.db") -> TrainedModel:
    """Looks a model up, on disk or in a tracking store, with the config of its run.

    Args:
        source: as `load_localizer` takes it, or an exported model's file or folder.
        tracking_uri: the store to ask where `source` is not on disk.

    Raises:
        ExportError: an exported model is not as it was written.
        TrackingError: there is no such model, or its run's config cannot be read.
    """
    if Path(source).name and sidecar_of(Path(source)).is_file():
        return _exported(source, tracking_uri)
    file = model_file_at(Path(source))
    if file is None:
        return _in_store(source, tracking_uri)
    folder = file.parent
    config_file = folder / _CONFIG
    if not config_file.is_file():
        why = f"no {_CONFIG} beside {file}"
        return TrainedModel(source, "", None, why, tracking_uri)
    try:
        text = config_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TrackingError(f"{config_file} cannot be read: {error}") from error
    config = _parse(text, str(config_file))
    return TrainedModel(source, _run_id(folder), config, str(config_file), tracking_uri)


def _exported(source: str, tracking_uri: str) -> TrainedModel:
    """An exported model; its sidecar knows the run."""
    sidecar = sidecar_of(Path(source))
    about = read_exported(Path(source)).about
    config = about.get("config")
    return TrainedModel(
        source,
        str(about.get("run_id") or ""),
        config,
        str(sidecar) if config is not None else f"no config in {sidecar}",
        tracking_uri,
        is_exported=True,
    )


def _in_store(source: str, tracking_uri: str) -> TrainedModel:
    """A model in MLflow; the config is a file of its run."""
    from mlflow.artifacts import download_artifacts

    from objloc.tracking.store import open_store, tracking_errors

    client = open_store(tracking_uri)
    with tracking_errors(tracking_uri, f"give the model of {source!r}"):
        run_id = find_model(client, source).run_id
        if not run_id:
            why = f"the store does not know which run made {source}"
            return TrainedModel(source, "", None, why, tracking_uri)
        where = f"{_CONFIG} of run {run_id}"
        if not any(file.path == _CONFIG for file in client.list_artifacts(run_id)):
            return TrainedModel(source, run_id, None, f"no {where}", tracking_uri)
        with tempfile.TemporaryDirectory() as scratch:
            # By its place: below runs:/ MLflow looks among models, too.
            place = f"{client.get_run(run_id).info.artifact_uri}/{_CONFIG}"
            file = download_artifacts(
                artifact_uri=place, dst_path=scratch, tracking_uri=client.tracking_uri
            )
            text = Path(file).read_text(encoding="utf-8")
    return TrainedModel(source, run_id, _parse(text, where), where, tracking_uri)


def _run_id(folder: Path) -> str:
    """The store's id of the run whose folder it is."""
    try:
        record = json.loads((folder / _RUN).read_text(encoding="utf-8"))
        return str(record.get("run_id", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TrackingError(f"{where} cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise TrackingError(f"{where} is no config")
    return config
