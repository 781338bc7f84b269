"""Opening a tracking store: quickly, quietly, and with an error that says what to do."""

import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from objloc.errors import TrackingError
from objloc.tracking.masked import masked

_SQLITE = "sqlite:///"

# MLflow tries an unreachable server for some four minutes. To find out whether it is there at all
# this is enough; once a run goes on, MLflow's own patience holds.
_SHORT_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
}

_LOCK_SECONDS = 20.0  # how long another process may keep the database to itself


def open_store(uri: str) -> MlflowClient:
    """A client of the store at `uri`; creates a SQLite database that is not there yet.

    Args:
        uri: `sqlite:///FILE` (relative to the current folder, or absolute with a fourth slash) or
            anything else that MLflow takes, such as `http://HOST:5000`.

    Raises:
        TrackingError: the store cannot be opened.
    """
    with tracking_errors(uri, "be opened"), _environment(_SHORT_PATIENCE), _quiet():
        if not uri.startswith(_SQLITE):
            client = MlflowClient(tracking_uri=uri, registry_uri=uri)
            client.search_experiments(max_results=1)
            return client
        file = sqlite_file(uri)
        file.parent.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(file):
            _check_sqlite(file)
            absolute = f"{_SQLITE}{file.as_posix()}"
            return MlflowClient(tracking_uri=absolute, registry_uri=absolute)


def experiment_id(client: MlflowClient, name: str) -> str:
    """The id of the experiment called `name`, created if need be.

    Beside a SQLite database, a new experiment's files go to `mlruns/NAME`, so that database and
    files stay together whatever folder a command is called from.

    Raises:
        TrackingError: the experiment was deleted, or the store fails.
    """
    with tracking_errors(client.tracking_uri, f"hold an experiment {name!r}"):
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            location = None
            if client.tracking_uri.startswith(_SQLITE):
                folder = re.sub(r"[^\w.-]+", "_", name)
                location = str(sqlite_file(client.tracking_uri).parent / "mlruns" / folder)
            try:
                return str(client.create_experiment(name, artifact_location=location))
            except MlflowException:
                experiment = client.get_experiment_by_name(name)
                if experiment is None:  # not another process that was faster
                    raise
        if experiment.lifecycle_stage != "active":
            raise TrackingError(
                f"experiment {name!r} in {masked(client.tracking_uri)} was deleted; restore it "
                f"(mlflow experiments restore --experiment-id {experiment.experiment_id}) or "
                "choose another tracking.experiment"
            )
        return str(experiment.experiment_id)


@contextmanager
def tracking_errors(uri: str, what: str) -> Iterator[None]:
    """Turns whatever a store raises into a `TrackingError`: the store at `uri` cannot `what`."""
    try:
        yield
    except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = masked(str(error).strip().splitlines()[0] if str(error).strip() else repr(error))
        raise TrackingError(
            f"tracking store {masked(uri)} cannot {what}: {reason}. "
            "Check tracking.uri, or record nothing with tracking=off"
        ) from error


def sqlite_file(uri: str) -> Path:
    """The absolute path of the database file of a SQLite URI."""
    return Path(uri.removeprefix(_SQLITE)).expanduser().absolute()


def _check_sqlite(file: Path) -> None:
    """Fails at once where MLflow would try for minutes: not a database, or not to be written."""
    connection = sqlite3.connect(file, timeout=_LOCK_SECONDS)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("PRAGMA schema_version").fetchone()
        connection.rollback()
    finally:
        connection.close()


@contextmanager
def _one_at_a_time(file: Path) -> Iterator[None]:
    """Lets one process after another create a database; free where it is there already.

    The lock file lies beside the database from before this is created until it is complete. Who
    finds the database and no lock needs none.
    """
    lock = file.with_name(file.name + ".lock")
    if file.exists() and not lock.exists():
        yield
        return
    try:
        import fcntl
    except ImportError:  # Windows: two first starts at once may clash there
        yield
        return
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        lock.unlink(missing_ok=True)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Sets environment variables for a while, except those that the user has set."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the log lines of a database's creation and migrations from the terminal."""
    loggers = [logging.getLogger(name) for name in ("alembic", "mlflow.store.db.utils")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
