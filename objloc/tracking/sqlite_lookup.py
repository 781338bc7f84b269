"""Finding models in a SQLite store without MLflow, which takes seconds to import."""

import sqlite3
from contextlib import closing
from pathlib import Path

from objloc.errors import TrackingError
from objloc.tracking.local_files import copy_exported
from objloc.tracking.model_name import Located, ModelName, UnknownToLookupError

_PATIENCE = 5.0  # seconds that another process may keep the database to itself

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

_ALIAS = "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ?"
_LATEST = """SELECT max(version) FROM model_versions
    WHERE name = ? AND current_stage != 'Deleted_Internal'"""
_VERSION = """SELECT coalesce(storage_location, source) FROM model_versions
    WHERE name = ? AND version = ? AND current_stage != 'Deleted_Internal'"""
_MODEL = "SELECT artifact_location FROM logged_models WHERE model_id = ?"
_OF_RUN = """SELECT destination_id FROM inputs
    WHERE source_type = 'RUN_OUTPUT' AND destination_type = 'MODEL_OUTPUT' AND source_id = ?
    ORDER BY step DESC LIMIT 1"""


class SqliteLookup:
    """Reads the tables of MLflow's database, and writes nothing.

    Args:
        file: the database.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def locate(self, name: ModelName) -> Located:
        """The model that has the name now.

        Raises:
            TrackingError: there is none, or no such database, or it is locked.
            UnknownToLookupError: the database is not as expected.
        """
        if not self.file.is_file():
            raise TrackingError(f"there is no tracking store at {self.file}; check tracking.uri")
        try:
            uri = f"{self.file.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, timeout=_PATIENCE, uri=True)) as connection:
                return _locate(connection, name)
        except sqlite3.Error as error:
            if error.sqlite_errorcode in _BUSY:
                raise TrackingError(
                    f"the tracking store {self.file} was kept busy by another process for "
                    f"{_PATIENCE:.0f} s; try again"
                ) from error
            raise UnknownToLookupError(str(error)) from error

    def fetch(self, located: Located, folder: Path) -> bool:
        """Copies the model's exported files, which lie on this machine, as a rule, too.

        Raises:
            TrackingError: they cannot be copied.
            UnknownToLookupError: they lie elsewhere.
        """
        return copy_exported(located, folder)


def _locate(connection: sqlite3.Connection, name: ModelName) -> Located:
    def ask(question: str, what: str, *values: str) -> str:
        row = connection.execute(question, values).fetchone()
        if row is None or row[0] is None:
            raise TrackingError(f"the tracking store holds no {what}")
        return str(row[0])

    if name.registered:
        model = f"registered model {name.registered!r}"
        version = name.version
        if name.alias:
            what = f"version of {model} with the alias {name.alias!r}"
            version = ask(_ALIAS, what, name.registered, name.alias)
        elif version == "latest":
            version = ask(_LATEST, f"version of {model}", name.registered)
        what = f"version {version} of {model}"
        return Located(ask(_VERSION, what, name.registered, version), version)
    model_id = name.model_id or ask(_OF_RUN, f"model of a run {name.run_id}", name.run_id)
    return Located(ask(_MODEL, f"model {model_id}", model_id))
