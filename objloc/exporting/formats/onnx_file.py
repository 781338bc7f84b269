"""Writes ONNX files."""

from pathlib import Path

import onnx

from objloc.exporting.tensorflow_graph import output_names, signature
from objloc.models import Detector

NAME = "model.onnx"
_OPSET = 18
"""The newest that tf2onnx writes."""


def write(detector: Detector, file: Path) -> dict[str, str]:
    """Writes the file; returns the outputs' names in it."""
    localizer = detector.localizer
    detector.export(
        file,
        format="onnx",
        verbose=False,
        input_signature=signature(localizer),
        opset_version=_OPSET,
    )
    model = onnx.load(file)
    _name_batch(model.graph)
    onnx.save(model, file)
    return {name: name for name in output_names(localizer)}


def _name_batch(graph: onnx.GraphProto) -> None:
    """Calls the first axis `batch`: tf2onnx numbers axes that it doesn't know."""
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    del graph.value_info[:]  # knows the axis by its number; runtimes find these shapes themselves
