"""Finding a stored model's exported files, by the quickest way that its store allows."""

from pathlib import Path
from typing import Protocol

from objloc.tracking.mlflow_lookup import MlflowLookup
from objloc.tracking.model_name import Located, ModelName, UnknownToLookupError
from objloc.tracking.server_lookup import ServerLookup
from objloc.tracking.sqlite_lookup import SqliteLookup

_SQLITE = "sqlite:///"


class _Lookup(Protocol):
    def locate(self, name: ModelName) -> Located: ...

    def fetch(self, located: Located, folder: Path) -> bool: ...


class ModelLookup:
    """Asks a tracking store for models.

    A SQLite database and an MLflow server are asked directly, within milliseconds. For other
    stores, and where that doesn't do, MLflow is imported, for seconds.

    Args:
        uri: of the store.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._lookup: _Lookup | None = None
        if uri.startswith(_SQLITE):
            self._lookup = SqliteLookup(Path(uri.removeprefix(_SQLITE)).expanduser())
        elif uri.startswith(("http://", "https://")):
            self._lookup = ServerLookup(uri)

    def locate(self, name: ModelName) -> Located:
        """The model that has the name now.

        Raises:
            TrackingError: there is none, or the store does not answer.
        """
        if self._lookup is not None:
            try:
                return self._lookup.locate(name)
            except UnknownToLookupError:
                pass
        by_mlflow = MlflowLookup(self.uri)
        located = by_mlflow.locate(name)
        self._lookup = by_mlflow  # it knows what the quick one doesn't
        return located

    def fetch(self, located: Located, folder: Path) -> bool:
        """Copies what lies in the model's `artifacts/exported` into a folder; False: nothing does.

        Raises:
            TrackingError: the store does not answer.
        """
        if self._lookup is not None:
            try:
                return self._lookup.fetch(located, folder)
            except UnknownToLookupError:
                pass  # the model is looked up quickly from now on, too; its files are fetched once
        return MlflowLookup(self.uri).fetch(located, folder)
