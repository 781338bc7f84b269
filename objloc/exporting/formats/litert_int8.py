"""Writes LiteRT files whose convolutions compute in whole numbers."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

from objloc.exporting.detector_graph import DetectorGraph
from objloc.exporting.formats.litert_file import converter_of, outputs_in

NAME = "model.int8.tflite"
_PRODUCTS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
_CODES = {
    number: name
    for name, number in vars(schema.BuiltinOperator).items()
    if not name.startswith("_")
}


def write(
    graph: DetectorGraph, float_file: Path, file: Path, pictures: np.ndarray
) -> dict[str, str]:
    """Quantizes after training (Jacob et al. 2018); returns the outputs' names in the file.

    All but products with weights stay in float32: in whole numbers, decoding and the arithmetic of
    boxes cost a third of mean IoU (measured).

    Args:
        graph: the model.
        float_file: the same in float32, already written.
        file: to write.
        pictures: uint8 (N, S, S, 3), for the ranges of what flows through it.
    """

    def calibration() -> Iterator[list[np.ndarray]]:
        return ([picture[None]] for picture in pictures)

    converter = converter_of(graph)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibration
    # The converter itself quantizes whatever it can; its debugger takes exceptions.
    options = tf.lite.experimental.QuantizationDebugOptions(
        denylisted_ops=sorted(set(_CODES.values()) - set(_PRODUCTS)),
        denylisted_nodes=last_products(float_file.read_bytes()),
    )
    quantizer = tf.lite.experimental.QuantizationDebugger(
        converter=converter, debug_dataset=calibration, debug_options=options
    )
    file.write_bytes(quantizer.get_nondebug_quantized_model())
    return outputs_in(file)


def last_products(content: bytes) -> list[str]:
    """Tensors that the last products with weights on the way to the answer put out.

    They are coordinates and logits, where a step of 1/255 of their range would be seen.
    """
    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    kinds, readers = [], defaultdict(list)
    for place in range(graph.OperatorsLength()):
        operator = graph.Operators(place)
        kinds.append(_CODES[model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()])
        for tensor in operator.InputsAsNumpy():
            readers[int(tensor)].append(place)

    def is_last(place: int) -> bool:
        todo, seen = [place], {place}
        while todo:
            for tensor in graph.Operators(todo.pop()).OutputsAsNumpy():
                for reader in readers[int(tensor)]:
                    if kinds[reader] in _PRODUCTS:
                        return False
                    if reader not in seen:
                        seen.add(reader)
                        todo.append(reader)
        return True

    return [
        graph.Tensors(int(graph.Operators(place).Outputs(0))).Name().decode()
        for place, kind in enumerate(kinds)
        if kind in _PRODUCTS and is_last(place)
    ]
