"""Writes OpenVINO's pairs of files."""

from pathlib import Path

# Before Keras imports it.
import objloc.engines.quiet_openvino  # noqa: F401
from objloc.exporting.detector_graph import DetectorGraph

NAME = "model.xml"


def write(graph: DetectorGraph, file: Path) -> dict[str, str]:
    """Writes the file and its weights, `.bin`; returns the outputs' names in it."""
    graph.detector.export(
        str(file), format="openvino", verbose=False, input_signature=graph.signature
    )
    return graph.outputs
