"""Writes TensorFlow's SavedModel folders."""

from pathlib import Path

from objloc.exporting.tensorflow_graph import output_names, signature
from objloc.models import Detector

NAME = "saved_model"


def write(detector: Detector, folder: Path) -> dict[str, str]:
    """Writes the folder; returns the outputs' names in it."""
    localizer = detector.localizer
    detector.export(
        folder, format="tf_saved_model", verbose=False, input_signature=signature(localizer)
    )
    return {name: name for name in output_names(localizer)}
