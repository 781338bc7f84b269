"""What is written as JSON in KServe's protocol, version 2: each record is also a schema."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Datatype = Literal["UINT8", "BYTES", "FP32", "INT32"]
Parameters = dict[str, bool | int | float | str | None]
Shape = list[Annotated[int, Meta(ge=0, le=2**31)]]


class ServerFacts(Struct):
    """Which server this is."""

    name: str
    version: str
    extensions: list[str]


class Live(Struct):
    """The server answers."""

    live: bool


class Ready(Struct):
    """The server takes pictures."""

    ready: bool


class ModelReady(Struct):
    """The model answers."""

    name: str
    ready: bool


class TensorFacts(Struct):
    """A tensor that the model takes or gives; -1 stands for any size."""

    name: str
    datatype: Datatype
    shape: list[int]


class KserveModel(Struct):
    """What the model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorFacts]
    outputs: list[TensorFacts]


class WantedOutput(Struct):
    """An output that a client asks for; `binary_data: true` for its bytes after the JSON."""

    name: str
    parameters: Parameters = {}


class AnswerTensor(Struct, omit_defaults=True):
    """An output: its numbers row by row, unless they follow the JSON as bytes."""

    name: str
    datatype: Datatype
    shape: Shape
    parameters: Parameters = {}
    data: list[float | int] | UnsetType = UNSET


class InferAnswer(Struct, omit_defaults=True):
    """The model's answer: `boxes`, `labels` and `scores`."""

    model_name: str
    model_version: str
    outputs: list[AnswerTensor]
    id: str | UnsetType = UNSET
