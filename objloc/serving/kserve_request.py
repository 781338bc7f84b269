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
_BASE64 = msgspec.json.Decoder(list[bytes])
_BRACKETS_AS_BLANKS = bytes.maketrans(b"[]", b"  ")
_NUMBERS_AND_BLANKS = b"0123456789+-.eE \t\r\n"


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


def read_kserve_request(body: bytes, json_bytes: str | None, most_pictures: int) -> KserveRequest:
    """What was sent.

    Args:
        body: JSON, behind which the bytes of tensors may follow.
        json_bytes: the header Inference-Header-Content-Length: where the JSON ends; None: it is
            all there is.
        most_pictures: with more, nothing is made of them.

    Raises:
        RequestError: nothing one can look at, as far as one sees without decoding a picture.
    """
    end = len(body)
    if json_bytes is not None:
        if not json_bytes.isdecimal() or len(json_bytes) > 12 or int(json_bytes) > len(body):
            raise wrong_tensor(
                f"Inference-Header-Content-Length: {json_bytes[:40]!r} is not the length of the "
                f"JSON in a body of {len(body)} bytes"
            )
        end = int(json_bytes)
    request = read_json(body[:end], _REQUEST)
    if len(request.inputs) != 1:
        raise wrong_tensor("one input is taken: 'images' or 'encoded'")
    [tensor] = request.inputs
    if tensor.shape and tensor.shape[0] > most_pictures:
        raise _too_many(str(tensor.shape[0]), most_pictures)
    raw = _bytes_behind(tensor, memoryview(body)[end:], json_bytes is not None)
    if tensor.name == "images" and tensor.datatype == "UINT8":
        pictures = _pixels(tensor, raw)
    elif tensor.name == "encoded" and tensor.datatype == "BYTES":
        pictures = _files(tensor, raw, most_pictures)
    else:
        raise wrong_tensor(
            f"input {tensor.name[:40]!r} of {tensor.datatype[:40]!r}: the model takes 'images' of "
            "UINT8 or 'encoded' of BYTES"
        )
    if not pictures:
        raise wrong_tensor(f"input {tensor.name!r} holds no picture")
    return KserveRequest(pictures, _threshold(request.parameters), request)


def _bytes_behind(tensor: InputTensor, rest: memoryview, is_binary: bool) -> memoryview | None:
    size = tensor.parameters.get("binary_data_size")
    if "shared_memory_region" in tensor.parameters:
        raise wrong_tensor("shared memory is not read; send the tensor itself")
    if size is None:
        if len(rest):
            raise wrong_tensor("bytes follow the JSON, but no binary_data_size tells of them")
        return None
    if not is_binary:
        raise wrong_tensor("binary_data_size needs the header Inference-Header-Content-Length")
    if type(size) is not int or size != len(rest):
        raise wrong_tensor(
            f"binary_data_size is {str(size)[:40]}, but {len(rest)} bytes follow the JSON"
        )
    return rest


def _pixels(tensor: InputTensor, raw: memoryview | None) -> list[bytes | np.ndarray]:
    shape = tensor.shape
    if len(shape) != 4 or shape[3] != 3 or min(shape) < 1:
        raise wrong_tensor(
            f"input 'images': shape {_said(shape)} is not (pictures, height, width, 3)"
        )
    numbers = len(raw) if raw is not None else _count(_data(tensor))
    if math.prod(shape) != numbers:
        raise wrong_tensor(
            f"input 'images': shape {_said(shape)} has {math.prod(shape)} numbers, not {numbers}"
        )
    if raw is None:
        raw = memoryview(_levels(tensor))
    return list(np.frombuffer(raw, np.uint8).reshape(shape))


def _levels(tensor: InputTensor) -> bytes:
    """The numbers of a tensor in JSON, of which there are as many as its shape says.

    Nested ones are compared with the shape as text and read as flat ones: a list for every pixel
    would take many times the memory of the picture.
    """
    data = bytes(_data(tensor))
    if data[:16].translate(None, _NUMBERS_AND_BLANKS).startswith(b"[["):
        if data.translate(None, _NUMBERS_AND_BLANKS) != _nesting(tensor.shape):
            raise wrong_tensor(
                f"input 'images': data is not nested as shape {_said(tensor.shape)} says"
            )
        data = b"[" + data.translate(_BRACKETS_AS_BLANKS) + b"]"
    return bytes(read_json(data, _FLAT))


def _nesting(shape: list[int]) -> bytes:
    """Nested lists of this shape in JSON, without the numbers: `[[,,],[,,]]` for (2, 3)."""
    text = b""
    for size in reversed(shape):
        text = b"[" + (text + b",") * (size - 1) + text + b"]"
    return text


def _files(
    tensor: InputTensor, raw: memoryview | None, most_pictures: int
) -> list[bytes | np.ndarray]:
    files = _split(raw, most_pictures) if raw is not None else None
    count = len(files) if files is not None else _count(_data(tensor))
    if tensor.shape != [count]:
        raise wrong_tensor(
            f"input 'encoded': shape {_said(tensor.shape)} is not ({count},), but so many came"
        )
    if files is None:
        files = read_json(_data(tensor), _BASE64)
    return list(files)


def _split(raw: memoryview, most_pictures: int) -> list[bytes]:
    """Strings of bytes, each behind its length in 4 bytes, the lowest first."""
    files: list[bytes] = []
    start = 0
    while start < len(raw):
        if len(files) == most_pictures:
            raise _too_many(f"more than {most_pictures}", most_pictures)
        end = start + 4 + int.from_bytes(raw[start : start + 4], "little")
        if len(raw) < end or len(raw) < start + 4:
            raise wrong_tensor("input 'encoded': a length reaches beyond the end of the body")
        files.append(bytes(raw[start + 4 : end]))
        start = end
    return files


def _count(data: Raw) -> int:
    """How many numbers, strings or empty lists JSON holds in lists, told without making them.

    Strings are taken to be base64, which has no commas.
    """
    text = bytes(data)
    commas = text.count(b",")
    return commas + 1 if commas or text.strip(b"[] \t\r\n") else 0


def _data(tensor: InputTensor) -> Raw:
    if tensor.data is UNSET:
        raise wrong_tensor(f"input {tensor.name[:40]!r} has no data")
    if not bytes(memoryview(tensor.data)[:16]).lstrip().startswith(b"["):
        raise wrong_tensor(f"input {tensor.name[:40]!r}: data is no list")
    return tensor.data


def _threshold(parameters: Parameters) -> float | None:
    value: Any = parameters.get(score_threshold.NAME)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_tensor(f"parameter {score_threshold.NAME} is no number")
    return score_threshold.check(value)


def _said(shape: list[int]) -> str:
    return str(tuple(shape[:8]))


def wrong_tensor(what: str) -> RequestError:
    """What is said of tensors that are not as the model has them."""
    return RequestError(422, "wrong-tensor", "Wrong tensor", what)


def _too_many(count: str, most_pictures: int) -> RequestError:
    return RequestError(
        413,
        "too-many-pictures",
        "There are too many pictures",
        f"{count} pictures in one request; at most {most_pictures}",
    )
