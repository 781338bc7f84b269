"""Writes OpenVINO's pairs of files."""

from pathlib import Path

# Before Keras imports it.
import objloc.engines.quiet_openvino  # noqa: F401
from objloc.exporting.tensorflow_graph import output_names, signature
from objloc.models import Detector

NAME = "model.xml"


def write(detector: Detector, file: Path) -> dict[str, str]:
    """Writes the file and its weights, `.bin`; returns the outputs' names in it."""
    localizer = detector.localizer
    detector.export(
        str(file), format="openvino", verbose=False, input_signature=signature(localizer)
    )
    return {name: name for name in output_names(localizer)}
