"""Writes ONNX files."""

from pathlib import Path

import onnx

from objloc.exporting.detector_graph import DetectorGraph

NAME = "model.onnx"
_OPSET = 18
"""The newest that tf2onnx writes."""


def write(graph: DetectorGraph, file: Path) -> dict[str, str]:
    """Writes the file; returns the outputs' names in it."""
    graph.detector.export(
        file,
        format="onnx",
        verbose=False,
        input_signature=graph.signature,
        opset_version=_OPSET,
    )
    model = onnx.load(file)
    _name_batch(model.graph)
    onnx.save(model, file)
    return graph.outputs


def _name_batch(graph: onnx.GraphProto) -> None:
    """Calls the first axis `batch`: tf2onnx numbers axes that it doesn't know."""
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    del graph.value_info[:]  # knows the axis by its number; runtimes find these shapes themselves
