"""An exported model made by hand, which finds what is red, green or blue: one knows its answers."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from objloc.decoding import Decoding
from objloc.engines.exported_model import ExportedModel, digests
from objloc.model_card import ModelCard

CLASS_NAMES = ("red", "green", "blue")
SIZE = 64
"""Side of the pictures that the model is fed."""
SCORE_THRESHOLD = 0.25
_COLOURED = 0.25  # a pixel has a colour where its channel is so much above the lowest one


def write_colour_model(file: Path, strength: float = 1.0) -> Path:
    """Writes the model and its sidecar.

    At most one detection of each colour, which holds all pixels of that colour. Its score is
    `strength` times the mean difference between their highest and lowest channel: 1 for pure red.

    Args:
        file: where to; its folder is made.
        strength: tells one version of the model from another, by its scores.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(_model(strength), file)
    card = ModelCard(
        class_names=CLASS_NAMES,
        image_size=SIZE,
        resize_mode="letterbox",
        score_threshold=SCORE_THRESHOLD,
        decoding=Decoding(max_detections=3),
    )
    ExportedModel(
        card=card,
        format="onnx",
        precision="float32",
        files=digests(file),
        input="images",
        outputs={"boxes": "boxes", "labels": "labels", "scores": "scores"},
        about={
            "run_id": "made by hand",
            "strength": strength,
            "config": {"tracking": {"uri": "http://user:password@tracking"}},
        },
    ).write(file)
    return file


def _model(strength: float) -> onnx.ModelProto:
    graph = _Graph()
    pixels = graph.add("Cast", "images", to=TensorProto.FLOAT)  # (B, S, S, 3)
    values = graph.add("Div", pixels, graph.floats(255))
    values = graph.add("Transpose", values, perm=[0, 3, 1, 2])  # (B, 3, S, S)
    channels = graph.ints([1])
    highest = graph.add("ReduceMax", values, channels)
    above = graph.add("Sub", values, graph.add("ReduceMin", values, channels))
    coloured = graph.add("Greater", above, graph.floats(_COLOURED))
    is_highest = graph.add("GreaterOrEqual", values, highest)
    mask = graph.add("Cast", graph.add("And", coloured, is_highest), to=TensorProto.FLOAT)
    count = graph.add("ReduceSum", mask, graph.ints([2, 3]), keepdims=0)  # (B, 3)
    total = graph.add("ReduceSum", graph.add("Mul", above, mask), graph.ints([2, 3]), keepdims=0)
    mean = graph.add("Div", total, graph.add("Max", count, graph.floats(1)))
    unsorted = graph.add("Mul", mean, graph.floats(strength))
    sides = [
        graph.side(mask, across, last) for last in (False, True) for across in (2, 3)
    ]  # x1, y1, x2, y2, each (B, 3)
    boxes = graph.add("Concat", *[graph.add("Unsqueeze", one, graph.ints([2])) for one in sides])
    found = graph.add("Greater", count, graph.floats(0))
    labels = graph.add("Where", found, graph.ints([0, 1, 2]), graph.ints([-1]))
    scores, order = graph.add_two("TopK", unsorted, graph.ints([3]))
    labels = graph.add("GatherElements", labels, order, axis=1)
    wide = graph.add(
        "Expand", graph.add("Unsqueeze", order, graph.ints([2])), graph.ints([1, 1, 4])
    )
    boxes = graph.add("GatherElements", boxes, wide, axis=1)
    for name, value in (("boxes", boxes), ("scores", scores)):
        graph.add("Identity", value, into=name)
    graph.add("Cast", labels, into="labels", to=TensorProto.INT32)
    return graph.model()


class _Graph:
    """Nodes put one behind the other, each named after its number."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, operation: str, *inputs: str, into: str = "", **attributes: object) -> str:
        output = into or f"node_{len(self._nodes)}"
        if operation == "Concat":
            attributes = {"axis": 2}
        self._nodes.append(helper.make_node(operation, inputs, [output], **attributes))
        return output

    def add_two(self, operation: str, *inputs: str) -> tuple[str, str]:
        name = f"node_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, inputs, [f"{name}_a", f"{name}_b"]))
        return f"{name}_a", f"{name}_b"

    def side(self, mask: str, across: int, last: bool) -> str:
        """Where the mask (B, 3, S, S) begins, or ends, along the other axis; 0..1."""
        line = self.add("ReduceMax", mask, self.ints([across]), keepdims=0)  # (B, 3, S)
        place = self.add("ArgMax", line, axis=2, keepdims=0, select_last_index=int(last))
        edge = self.add("Cast", place, to=TensorProto.FLOAT)
        return self.add("Div", self.add("Add", edge, self.floats(float(last))), self.floats(SIZE))

    def floats(self, value: float) -> str:
        return self._constant(np.array(value, np.float32))

    def ints(self, values: list[int]) -> str:
        return self._constant(np.array(values, np.int64))

    def model(self) -> onnx.ModelProto:
        outputs = [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["batch", 3, 4]),
            helper.make_tensor_value_info("labels", TensorProto.INT32, ["batch", 3]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 3]),
        ]
        images = helper.make_tensor_value_info(
            "images", TensorProto.UINT8, ["batch", SIZE, SIZE, 3]
        )
        graph = helper.make_graph(self._nodes, "colours", [images], outputs, self._constants)
        # Versions that every ONNX Runtime reads that objloc works with.
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)

    def _constant(self, value: np.ndarray) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(value, name))
        return name
