"""Finding models by MLflow itself, in any store that it knows."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from objloc.errors import TrackingError
from objloc.tracking.masked import masked
from objloc.tracking.model_files import EXPORTED
from objloc.tracking.model_name import Located, ModelName


class MlflowLookup:
    """Asks MLflow, which is imported only now.

    Args:
        uri: of the store.

    Raises:
        TrackingError: MLflow is not installed, or the store cannot be opened.
    """

    def __init__(self, uri: str) -> None:
        try:
            from objloc.tracking.store import open_store
        except ModuleNotFoundError as error:
            raise TrackingError(
                f"this store's models are fetched by a package that is missing here: {error.name}; "
                "install it, or serve a file: model=FOLDER/model.onnx"
            ) from error
        self.uri = masked(uri)
        self._client = open_store(uri)

    def locate(self, name: ModelName) -> Located:
        """The model that has the name now.

        Raises:
            TrackingError: there is none, or the store fails.
        """
        from objloc.tracking.store import tracking_errors
        from objloc.tracking.stored_localizer import find_model

        with tracking_errors(self.uri, f"give the model {name}"):
            found = find_model(self._client, name)
            return Located(found.location, found.version)

    def fetch(self, located: Located, folder: Path) -> bool:
        """Downloads the model's exported files from wherever they are.

        Raises:
            TrackingError: they cannot be fetched.
        """
        from mlflow.artifacts import download_artifacts, list_artifacts

        from objloc.tracking.store import tracking_errors

        place = f"{located.location.rstrip('/')}/{EXPORTED}"
        uri = self._client.tracking_uri
        with (
            tracking_errors(self.uri, f"give the files of {place}"),
            TemporaryDirectory() as scratch,
        ):
            if not list_artifacts(artifact_uri=place, tracking_uri=uri):
                return False
            fetched = download_artifacts(artifact_uri=place, dst_path=scratch, tracking_uri=uri)
            shutil.copytree(fetched, folder, dirs_exist_ok=True)
        return True
