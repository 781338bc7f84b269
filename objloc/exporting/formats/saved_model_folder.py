"""Writes TensorFlow's SavedModel folders."""

import shutil
from pathlib import Path

from objloc.exporting.detector_graph import DetectorGraph

NAME = "saved_model"


def write(graph: DetectorGraph, folder: Path) -> dict[str, str]:
    """Writes the folder; returns the outputs' names in it."""
    shutil.copytree(graph.saved_model, folder)
    return graph.outputs
