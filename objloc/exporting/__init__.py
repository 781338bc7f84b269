"""From a trained localizer to files that other runtimes read, checked against Keras.

Names are imported when they are first used: a command says what is missing before TensorFlow loads.
"""

from typing import TYPE_CHECKING

from objloc.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from objloc.exporting.exported_file import Export, ExportedFile
    from objloc.exporting.exporter import export_model
    from objloc.exporting.quantization import Quantization
    from objloc.exporting.requirements import require

_HOMES = {
    "Export": "exported_file",
    "ExportedFile": "exported_file",
    "Quantization": "quantization",
    "export_model": "exporter",
    "require": "requirements",
}

__all__ = ["Export", "ExportedFile", "Quantization", "export_model", "require"]

__getattr__ = lazy_imports(__name__, _HOMES)
