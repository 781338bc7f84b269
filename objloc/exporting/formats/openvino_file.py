"""Writes OpenVINO's pairs of files."""

from pathlib import Path

from objloc.engines.quiet_openvino import import_openvino
from objloc.exporting.detector_graph import DetectorGraph

NAME = "model.xml"

import_openvino()  # before Keras does


def write(graph: DetectorGraph, file: Path) -> dict[str, str]:
    """Writes the file and its weights, `.bin`; returns the outputs' names in it."""
    graph.detector.export(
        str(file), format="openvino", verbose=False, input_signature=graph.signature
    )
    return graph.outputs
