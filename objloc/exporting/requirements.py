"""What each format's writing needs, asked for before anything long begins."""

import importlib.util
from collections.abc import Iterable

from objloc.engines.exported_model import Format
from objloc.engines.open_engine import missing_package

_PACKAGES: dict[Format, tuple[str, ...]] = {
    "onnx": ("onnx", "tf2onnx", "onnxruntime"),
    "saved_model": ("tensorflow",),
    "litert": ("tensorflow", "ai_edge_litert"),
    "openvino": ("tensorflow", "openvino"),
}


def require(formats: Iterable[Format]) -> None:
    """Checks that what writes and runs these formats is installed; imports none of it.

    Raises:
        ExportError: a package is missing; it names the extra that brings it.
    """
    for one in formats:
        for package in _PACKAGES[one]:
            if importlib.util.find_spec(package) is None:
                raise missing_package(one, package)
