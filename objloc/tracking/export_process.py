"""Exporting a model in a process of its own: the one that asks never imports TensorFlow."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from objloc.errors import ExportError

_COMMAND = "python -m objloc.export"
_STORE = "OBJLOC_EXPORT_STORE"


def export_in_process(source: str, tracking_uri: str, folder: Path) -> None:
    """Writes the ONNX file of a model, with its sidecar, into a folder: `python -m objloc.export`.

    Args:
        source: the model, as `load_localizer` takes it.
        tracking_uri: the store to ask where it is not on disk.
        folder: to write to.

    Raises:
        ExportError: the model cannot be exported, or not here.
    """
    if find_spec("tensorflow") is None:
        raise ExportError(
            f"{source}: there is no ONNX file of this model, and no TensorFlow here to make one; "
            f"where it was trained, run {_COMMAND} model={source} format=onnx, or promote its run"
        )
    # A store's URI may hold a password, and command lines can be read by others.
    store = f"${{oc.env:{_STORE}}}"
    words = {"model": source, "output": str(folder.absolute()), "tracking.uri": store}
    overrides = ["format=[onnx]", *(f"{key}={_quoted(value)}" for key, value in words.items())]
    done = subprocess.run(
        [sys.executable, "-m", "objloc.export", *overrides],
        env={**os.environ, _STORE: tracking_uri},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip().splitlines() or ["it gave no reason"]
        raise ExportError(f"{source}: {_COMMAND} failed: {told[-1].removeprefix('error: ')}")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
