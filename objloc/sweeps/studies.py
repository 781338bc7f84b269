"""Opens the Optuna study of a sweep: in the sweep's own process and in its jobs."""

import functools
import socket
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage, GrpcStorageProxy, RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial
from sqlalchemy.exc import SQLAlchemyError

from objloc.errors import SweepError
from objloc.tracking.masked import masked

_SQLITE = "sqlite:///"
_DIRECTIONS = {"max": StudyDirection.MAXIMIZE, "min": StudyDirection.MINIMIZE}
_LOCK_SECONDS = 60  # how long a job waits while another writes

# Optuna logs every trial on the terminal; the sweep says it in its own words.
optuna.logging.set_verbosity(optuna.logging.WARNING)


@functools.cache
def open_storage(uri: str) -> BaseStorage:
    """The storage at `uri`, opened once a process.

    Args:
        uri: `sqlite:////folder/study.db`, `postgresql://…`, or `grpc://HOST:PORT` of a sweep that
            serves its own.

    Raises:
        SweepError: it cannot be opened.
    """
    try:
        if uri.startswith("grpc://"):
            place = urlsplit(uri)
            with _quiet():
                return GrpcStorageProxy(host=str(place.hostname), port=int(place.port or 0))
        if uri.startswith(_SQLITE):
            file = Path(uri.removeprefix(_SQLITE)).absolute()
            file.parent.mkdir(parents=True, exist_ok=True)
            timeout = {"connect_args": {"timeout": _LOCK_SECONDS}}
            return optuna.storages.get_storage(
                RDBStorage(f"{_SQLITE}{file.as_posix()}", engine_kwargs=timeout)
            )
        return optuna.storages.get_storage(uri)
    except (SQLAlchemyError, OSError, ImportError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise SweepError(
            f"the study cannot be kept in {masked(uri)}: {reason}; check sweep.storage"
        ) from error


def open_study(
    uri: str, name: str, modes: Sequence[str], pruner: optuna.pruners.BasePruner | None = None
) -> optuna.Study:
    """The study of a sweep, made if it is not there yet.

    Args:
        uri: see `open_storage`.
        name: of the study.
        modes: "max" or "min" of each objective.
        pruner: None for one that prunes nothing.

    Raises:
        SweepError: the storage cannot be opened, or holds a study of that name with other
            objectives.
    """
    directions = [_DIRECTIONS[mode] for mode in modes]
    study = optuna.create_study(
        storage=open_storage(uri),
        study_name=name,
        directions=directions,
        pruner=pruner or optuna.pruners.NopPruner(),
        load_if_exists=True,
    )
    if study.directions != directions:
        raise SweepError(
            f"study {name!r} in {masked(uri)} has other objectives; choose another "
            "hydra.sweep.dir or sweep.storage"
        )
    return study


def frozen_trial(study: optuna.Study, number: int) -> FrozenTrial:
    """A trial by its number, not copied: to be read only."""
    return study.get_trials(deepcopy=False)[number]


def keep(study: optuna.Study, number: int, key: str, value: object) -> None:
    """Keep a fact, as JSON can hold it, with a trial."""
    study._storage.set_trial_user_attr(frozen_trial(study, number)._trial_id, key, value)


@functools.cache
def serve(uri: str) -> str:
    """Serve a storage to jobs on other computers, as long as this process lives; its new address.

    Whoever can reach the port can write to the study: it is bound to the address by which this
    computer is known on its network, so use it where that network can be trusted.
    """
    host = socket.gethostbyname(socket.gethostname())
    with socket.socket() as probe:
        probe.bind((host, 0))
        port = probe.getsockname()[1]
    storage = open_storage(uri)

    def run() -> None:
        with _quiet():
            optuna.storages.run_grpc_proxy_server(storage, host=host, port=port)

    threading.Thread(target=run, daemon=True).start()
    return f"grpc://{host}:{port}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Optuna's warning that its gRPC storage may still change: the version is pinned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield
