"""Writes LiteRT files (.tflite)."""

from pathlib import Path

import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from objloc.exporting.tensorflow_graph import signature
from objloc.models import Detector

NAME = "model.tflite"
OPERATIONS = [tf.lite.OpsSet.TFLITE_BUILTINS]
"""LiteRT's own. TensorFlow's, which Keras allows beside them, the interpreter doesn't have."""


def write(detector: Detector, file: Path) -> dict[str, str]:
    """Writes the file; returns the outputs' names in it."""
    detector.export(
        str(file),
        format="litert",
        verbose=False,
        input_signature=signature(detector.localizer),
        target_spec={"supported_ops": OPERATIONS},
    )
    return outputs_in(file)


def outputs_in(file: Path) -> dict[str, str]:
    """The tensors that a file's outputs are: its signature knows them by the graph's names."""
    details = Interpreter(str(file)).get_signature_runner().get_output_details()
    return {name: str(one["name"]) for name, one in details.items()}
