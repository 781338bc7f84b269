"""Serve a trained model over HTTP, with a page to try it.

    python -m objloc.serve model=outputs/2026-01-31_12-00-00-emoji
    python -m objloc.serve model=models:/finder@champion port=8080

Ctrl-C or SIGTERM ends it when all that was accepted is answered. A model with an alias is looked
for every few seconds: when the alias moves on, the new one takes over and no request is lost.
"""

import socket
import warnings
from pathlib import Path

from omegaconf import DictConfig

from objloc.config import hydra_command
from objloc.errors import ConfigError


def run(config: DictConfig) -> None:
    """Serve until told to end."""
    with listening(config.host, config.port) as listener:
        serve(config, listener)


def listening(host: str, port: int) -> socket.socket:
    """A socket that clients can connect to; they wait until there is somebody to answer.

    Raises:
        ConfigError: the port is taken, or the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"host={host} port={port}: cannot listen there ({error}); another program may have "
            "the port: choose another, or port=0 for any that is free"
        ) from error


def serve(config: DictConfig, listener: socket.socket) -> None:
    """Open the model and answer on `listener`.

    Raises:
        ObjlocError: there is no such model, or it cannot be opened.
        ConfigError: a package is missing.
    """
    # Here, not above: help and mistakes are answered without them.
    try:
        from objloc.serving.app import make_app
        from objloc.serving.batching import Batching
        from objloc.serving.http_server import HttpServer
        from objloc.serving.limits import Limits
        from objloc.serving.service import Service
        from objloc.tracking.model_finder import model_finder
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"serving takes a package that is missing here: {error.name}; "
            "pip install 'objloc[serve]'"
        ) from error

    # What is odd about a client's picture, its EXIF data perhaps, is no news for the log.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    uri = config.tracking.get("uri", "sqlite:///mlflow.db")
    service = Service(
        model_finder(str(config.model), uri, Path(config.output_root), tell),
        Limits(**config.limits),
        Batching(**config.batching),
        threads=config.threads,
        reload_seconds=config.reload_seconds,
    )
    model = service.open_model()

    line = f"serving  {model.name} version {model.version} at {address(listener)}"
    HttpServer(
        make_app(service, api_key=config.api_key),
        service,
        access_log=config.access_log,
        ready=lambda: tell(line),
    ).run([listener])


def tell(line: str) -> None:
    """Say something at once, whoever reads the output."""
    print(line, flush=True)


def address(listener: socket.socket) -> str:
    """Where a browser finds the service."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


main = hydra_command("serve", run)

if __name__ == "__main__":
    main()
