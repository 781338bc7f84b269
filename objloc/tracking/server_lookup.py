"""Finding models on an MLflow server by its REST API: a service needs no MLflow of its own."""

import base64
import http.client
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlencode, urlparse, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from objloc.errors import TrackingError
from objloc.tracking.local_files import copy_exported
from objloc.tracking.model_files import EXPORTED
from objloc.tracking.model_name import Located, ModelName

_PATIENCE = 20.0  # seconds
_ARTIFACTS = "api/2.0/mlflow-artifacts/artifacts"


class ServerLookup:
    """Asks a tracking server, by the names and passwords that MLflow takes.

    Args:
        address: of the server, perhaps with a user and a password.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
        self.address = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        self._headers = _credentials(parts.username, parts.password)

    def locate(self, name: ModelName) -> Located:
        """The model that has the name now.

        Raises:
            TrackingError: there is none, or the server does not answer.
        """
        if name.registered:
            version = self._version(name)
            return Located(str(version["source"]), str(version["version"]))
        model_id = name.model_id
        if not model_id:
            run = self._ask("runs/get", run_id=name.run_id)["run"]
            models = run.get("outputs", {}).get("model_outputs", [])
            if not models:
                raise TrackingError(f"run {name.run_id} holds no model; did it finish?")
            model_id = models[-1]["model_id"]
        model = self._ask(f"logged-models/{quote(model_id)}")["model"]
        return Located(str(model["info"]["artifact_uri"]))

    def fetch(self, located: Located, folder: Path) -> bool:
        """Downloads the model's exported files through the server, or copies them from its disk.

        Raises:
            TrackingError: the server does not answer.
            UnknownToLookupError: the files lie elsewhere.
        """
        place = urlparse(located.location)
        if place.scheme != "mlflow-artifacts":
            return copy_exported(located, folder)
        root = f"{unquote(place.path).strip('/')}/{EXPORTED}"
        found = False
        for path in self._files(root):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            address = f"{_ARTIFACTS}/{quote(f'{root}/{path}')}"
            with self._answer(address) as answer, target.open("wb") as stream:
                shutil.copyfileobj(answer, stream)  # its sidecar tells if an end is missing
            found = True
        return found

    def _version(self, name: ModelName) -> Mapping[str, Any]:
        if name.alias:
            found = self._ask("registered-models/alias", name=name.registered, alias=name.alias)
        elif name.version != "latest":
            found = self._ask("model-versions/get", name=name.registered, version=name.version)
        else:
            found = self._ask(
                "model-versions/search",
                filter=f'name = "{name.registered}"',
                order_by="version_number DESC",
                max_results="1",
            )
            if not found.get("model_versions"):
                raise TrackingError(f"the registry holds no version of {name.registered!r}")
            return dict(found["model_versions"][0])
        return dict(found["model_version"])

    def _files(self, folder: str, below: str = "") -> Iterator[PurePosixPath]:
        """The files in a folder of the server's, as paths below it."""
        query = urlencode({"path": f"{folder}/{below}".rstrip("/")})
        with self._answer(f"{_ARTIFACTS}?{query}") as answer:
            listed = json.load(answer).get("files", [])
        for one in listed:
            path = PurePosixPath(below) / PurePosixPath(one["path"]).name
            if ".." in path.parts:
                raise TrackingError(f"{self.address}: {one['path']!r} is no file in {folder}")
            if one.get("is_dir"):
                yield from self._files(folder, str(path))
            else:
                yield path

    def _ask(self, what: str, **query: str) -> Mapping[str, Any]:
        with self._answer(f"api/2.0/mlflow/{what}?{urlencode(query)}") as answer:
            return dict(json.load(answer))

    @contextmanager
    def _answer(self, path: str) -> Iterator[IO[bytes]]:
        """An answer of the server, to be read.

        Raises:
            TrackingError: it refuses, there is none, or what reads it finds no sense in it.
        """
        request = Request(f"{self.address}/{path}", headers=self._headers)
        try:
            with urlopen(request, timeout=_PATIENCE) as answer:
                yield answer
        except HTTPError as error:
            raise TrackingError(f"{self.address}: {_reason(error)}") from error
        except (OSError, http.client.HTTPException) as error:
            raise TrackingError(
                f"{self.address}: the tracking server does not answer ({error}); check tracking.uri"
            ) from error
        except ValueError as error:
            raise TrackingError(
                f"{self.address}: no MLflow server answers there ({error}); check tracking.uri"
            ) from error


def _reason(error: HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (ValueError, KeyError, TypeError, OSError):
        return f"HTTP {error.code} {error.reason}"


def _credentials(user: str | None, password: str | None) -> dict[str, str]:
    """The header that names the user, from the address or from MLflow's own variables."""
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    if user is None and token:
        return {"Authorization": f"Bearer {token}"}
    user = unquote(user) if user else os.environ.get("MLFLOW_TRACKING_USERNAME")
    password = unquote(password) if password else os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
    if not user:
        return {}
    coded = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {coded}"}
