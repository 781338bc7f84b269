"""Writes ONNX files whose convolutions compute in whole numbers."""

import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from objloc.exporting.detector_graph import INPUT, DetectorGraph

NAME = "model.int8.onnx"
_PRODUCTS = ("Conv", "Gemm", "MatMul")


def write(
    graph: DetectorGraph, float_file: Path, file: Path, pictures: np.ndarray
) -> dict[str, str]:
    """Quantizes after training (Jacob et al. 2018); returns the outputs' names in the file.

    Weights have seven bits: with eight, sums of pairs overflow on CPUs without VNNI.

    Args:
        graph: the model.
        float_file: the same in float32, already written.
        file: to write.
        pictures: uint8 (N, S, S, 3), for the ranges of what flows through it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        prepared = Path(scratch) / "prepared.onnx"
        # Symbolic shapes need SymPy and tell nothing of convolutions.
        quant_pre_process(float_file, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            file,
            _Pictures(pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_PRODUCTS),
            nodes_to_quantize=inner_products(onnx.load(prepared)),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
    return graph.outputs


def inner_products(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes that multiply by weights, but for the last ones on the way to the answer.

    Those put out coordinates and logits, where a step of 1/255 of their range would be seen, and
    behind them lies decoding.
    """
    weights = {one.name for one in model.graph.initializer}
    readers: dict[str, list[onnx.NodeProto]] = defaultdict(list)
    for node in model.graph.node:
        for name in node.input:
            readers[name].append(node)

    def is_product(node: onnx.NodeProto) -> bool:
        return node.op_type in _PRODUCTS and node.input[1] in weights

    def is_last(node: onnx.NodeProto) -> bool:
        todo, seen = list(node.output), set()
        while todo:
            for reader in readers[todo.pop()]:
                if is_product(reader):
                    return False
                if reader.name not in seen:
                    seen.add(reader.name)
                    todo.extend(reader.output)
        return True

    return [node.name for node in model.graph.node if is_product(node) and not is_last(node)]


class _Pictures(CalibrationDataReader):
    """Hands out one picture at a time."""

    def __init__(self, pictures: np.ndarray) -> None:
        self._rest = iter(pictures)

    def get_next(self) -> dict[str, np.ndarray] | None:
        picture = next(self._rest, None)
        return None if picture is None else {INPUT: picture[None]}
