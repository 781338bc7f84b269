"""Writes LiteRT files (.tflite)."""

from pathlib import Path

import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from objloc.exporting.detector_graph import DetectorGraph

NAME = "model.tflite"


def write(graph: DetectorGraph, file: Path) -> dict[str, str]:
    """Writes the file; returns the outputs' names in it."""
    file.write_bytes(converter_of(graph).convert())
    return outputs_in(file)


def converter_of(graph: DetectorGraph) -> tf.lite.TFLiteConverter:
    """TensorFlow's converter to LiteRT."""
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(graph.saved_model), signature_keys=["serving_default"]
    )
    # Not TensorFlow's operations, which Keras' own export allows: the interpreter has none.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    converter.experimental_enable_resource_variables = True  # as Keras' own export does
    return converter


def outputs_in(file: Path) -> dict[str, str]:
    """The tensors that a file's outputs are: its signature knows them by the graph's names."""
    details = Interpreter(str(file)).get_signature_runner().get_output_details()
    return {name: str(one["name"]) for name, one in details.items()}
