"""An exported model's file, opened with the runtime that it is for."""

import importlib
from pathlib import Path

from objloc.engines.exported_engine import ExportedEngine
from objloc.engines.exported_model import Format, read_exported
from objloc.errors import ExportError

_HOMES: dict[Format, tuple[str, str]] = {
    "onnx": ("onnx_engine", "OnnxEngine"),
    "saved_model": ("saved_model_engine", "SavedModelEngine"),
    "litert": ("litert_engine", "LitertEngine"),
    "openvino": ("openvino_engine", "OpenvinoEngine"),
}

EXTRAS: dict[Format, str] = {"onnx": "onnx", "litert": "litert", "openvino": "openvino"}
"""The extra that brings a format's runtime, where objloc itself doesn't."""


def open_engine(model_file: Path, threads: int | None = None) -> ExportedEngine:
    """Opens an exported model.

    Args:
        model_file: the file, or the folder of a SavedModel; its sidecar lies beside it.
        threads: of one call; None for one per core.

    Raises:
        ExportError: it cannot be read, is not as it was written, or its runtime is missing.
    """
    exported = read_exported(model_file)
    module, name = _HOMES[exported.format]
    try:
        engine = getattr(importlib.import_module(f"objloc.engines.{module}"), name)
    except ModuleNotFoundError as error:
        raise missing_package(exported.format, str(error.name)) from error
    return engine(model_file, exported, threads)


def missing_package(model_format: Format, package: str) -> ExportError:
    """The error that says how to get what a format needs."""
    extra = EXTRAS.get(model_format)
    way = f": pip install 'objloc[{extra}]'" if extra else ""
    return ExportError(
        f"format {model_format} needs the package {package!r}, which is not installed{way}"
    )
