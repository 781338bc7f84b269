"""The pictures of a request in KServe's protocol, as JSON or as bytes behind it."""

import math
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from objloc.serving import score_threshold
from objloc.serving.json_body import read_json
from objloc.serving.kserve_documents import Parameters, Shape, WantedOutput
from objloc.serving.request_error import RequestError

_Level = Annotated[int, Meta(ge=0, le=255)]
_FLAT = msgspec.json.Decoder(list[_Level])
_NESTED = msgspec.json.Decoder(list[list[list[list[_Level]]]])
_BASE64 = msgspec.json.Decoder(list[bytes])


class InputTensor(Struct):
    """Pictures.

    `images`: pixels, UINT8 (B, H, W, 3), flat or nested. `encoded`: picture files, BYTES (B); in
    JSON each in base64.
    """

    name: str
    datatype: str
    shape: Shape
    parameters: Parameters = {}
    data: Raw | UnsetType = UNSET


class InferRequest(Struct):
    """A request: one input, and which outputs are wanted; all of them if none is named."""

    inputs: list[InputTensor]
    id: str | UnsetType = UNSET
    parameters: Parameters = {}
    outputs: list[WantedOutput] = []


@dataclass(frozen=True)
class KserveRequest:
    """What a client wants to be told.

    Attributes:
        pictures: encoded, or uint8 (H, W, 3).
        score_threshold: None: the model's.
        request: what else it said.
    """

    pictures: list[bytes | np.ndarray]
    score_threshold: float | None
    request: InferRequest


_REQUEST = msgspec.json.Decoder(InferRequest)


def read_kserve_request(body: bytes, json_bytes: str | None) -> KserveRequest:
    """What was sent.

    Args:
        body: JSON, behind which the bytes of tensors may follow.
        json_bytes: the header Inference-Header-Content-Length: where the JSON ends; None: it is
            all there is.

    Raises:
        RequestError: nothing one can look at, as far as one sees without decoding a picture.
    """
    end = len(body)
    if json_bytes is not None:
        if not json_bytes.isdecimal() or len(json_bytes) > 12 or int(json_bytes) > len(body):
            raise _wrong(
                f"Inference-Header-Content-Length: {json_bytes[:40]!r} is not the length of the "
                f"JSON in a body of {len(body)} bytes"
            )
        end = int(json_bytes)
    request = read_json(body[:end], _REQUEST)
    if len(request.inputs) != 1:
        raise _wrong("one input is taken: 'images' or 'encoded'")
    [tensor] = request.inputs
    raw = _bytes_behind(tensor, memoryview(body)[end:], json_bytes is not None)
    if tensor.name == "images" and tensor.datatype == "UINT8":
        pictures = _pixels(tensor, raw)
    elif tensor.name == "encoded" and tensor.datatype == "BYTES":
        pictures = _files(tensor, raw)
    else:
        raise _wrong(
            f"input {tensor.name[:40]!r} of {tensor.datatype[:40]!r}: the model takes 'images' of "
            "UINT8 or 'encoded' of BYTES"
        )
    if not pictures:
        raise _wrong(f"input {tensor.name!r} holds no picture")
    return KserveRequest(pictures, _threshold(request.parameters), request)


def _bytes_behind(tensor: InputTensor, rest: memoryview, is_binary: bool) -> memoryview | None:
    size = tensor.parameters.get("binary_data_size")
    if "shared_memory_region" in tensor.parameters:
        raise _wrong("shared memory is not read; send the tensor itself")
    if size is None:
        if len(rest):
            raise _wrong("bytes follow the JSON, but no binary_data_size tells of them")
        return None
    if not is_binary:
        raise _wrong("binary_data_size needs the header Inference-Header-Content-Length")
    if type(size) is not int or size != len(rest):
        raise _wrong(f"binary_data_size is {str(size)[:40]}, but {len(rest)} bytes follow the JSON")
    return rest


def _pixels(tensor: InputTensor, raw: memoryview | None) -> list[bytes | np.ndarray]:
    shape = tensor.shape
    if len(shape) != 4 or shape[3] != 3 or min(shape[1:3]) < 1:
        raise _wrong(f"input 'images': shape {_said(shape)} is not (pictures, height, width, 3)")
    if raw is None:
        raw = memoryview(_levels(tensor))
    if math.prod(shape) != len(raw):
        raise _wrong(
            f"input 'images': shape {_said(shape)} has {math.prod(shape)} numbers, not {len(raw)}"
        )
    return list(np.frombuffer(raw, np.uint8).reshape(shape))


def _levels(tensor: InputTensor) -> bytes:
    """The numbers of a tensor in JSON."""
    data = _data(tensor)
    text = bytes(memoryview(data)[:16]).translate(None, b" \t\r\n")
    if not text.startswith(b"[["):
        return bytes(read_json(data, _FLAT))
    nested = read_json(data, _NESTED)
    try:
        array = np.array(nested, np.uint8)
    except ValueError:
        array = np.empty(0, np.uint8)
    if list(array.shape) != tensor.shape:
        raise _wrong(f"input 'images': data is not nested as shape {_said(tensor.shape)} says")
    return array.tobytes()


def _files(tensor: InputTensor, raw: memoryview | None) -> list[bytes | np.ndarray]:
    files = read_json(_data(tensor), _BASE64) if raw is None else _split(raw)
    if tensor.shape != [len(files)]:
        raise _wrong(
            f"input 'encoded': shape {_said(tensor.shape)} is not ({len(files)},), but so many came"
        )
    return list(files)


def _split(raw: memoryview) -> list[bytes]:
    """Strings of bytes, each behind its length in 4 bytes, the lowest first."""
    files = []
    start = 0
    while start < len(raw):
        end = start + 4 + int.from_bytes(raw[start : start + 4], "little")
        if len(raw) < end or len(raw) < start + 4:
            raise _wrong("input 'encoded': a length reaches beyond the end of the body")
        files.append(bytes(raw[start + 4 : end]))
        start = end
    return files


def _data(tensor: InputTensor) -> Raw:
    if tensor.data is UNSET:
        raise _wrong(f"input {tensor.name[:40]!r} has no data")
    return tensor.data


def _threshold(parameters: Parameters) -> float | None:
    value: Any = parameters.get(score_threshold.NAME)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(f"parameter {score_threshold.NAME} is no number")
    return score_threshold.check(value)


def _said(shape: list[int]) -> str:
    return str(tuple(shape[:8]))


def _wrong(what: str) -> RequestError:
    return RequestError(422, "wrong-tensor", "Wrong tensor", what)
