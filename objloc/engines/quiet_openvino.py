"""Imports OpenVINO so that it reports to nobody."""

import importlib
import sys
from typing import Any

_TELEMETRY = "openvino_telemetry"
_ABSENT: Any = None  # how `sys.modules` says "there is none"; its type doesn't know


def import_openvino() -> Any:
    """The module `openvino`, imported without its makers hearing of it.

    `import openvino` alone sends an event to them, and so does each conversion, through the package
    `openvino_telemetry`. Where that package is missing OpenVINO takes a stand-in that does nothing
    (`openvino/tools/ovc/telemetry_stub.py`), so it is kept out of sight during the import.
    """
    if _TELEMETRY in sys.modules:  # somebody else's choice
        return importlib.import_module("openvino")
    sys.modules[_TELEMETRY] = _ABSENT
    try:
        return importlib.import_module("openvino")
    finally:
        del sys.modules[_TELEMETRY]
