"""JSON that a client sent, checked against the record it should be."""

from typing import TypeVar

import msgspec

from objloc.serving.request_error import RequestError

T = TypeVar("T")


def read_json(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The record that the JSON says.

    Raises:
        RequestError: it is no JSON (400), or another one (422).
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise RequestError(422, "wrong-shape", "JSON of the wrong shape", str(error)) from None
    except RecursionError:
        raise RequestError(
            422, "wrong-shape", "JSON of the wrong shape", "it is nested too deep"
        ) from None
    except ValueError as error:  # msgspec's, and that of a string that is no UTF-8
        raise RequestError(400, "malformed-json", "Malformed JSON", _what(body, error)) from None


def _what(body: bytes, error: ValueError) -> str:
    try:
        body.decode()
    except UnicodeDecodeError as wrong:
        return f"it is not UTF-8: byte {wrong.start} is {body[wrong.start]:#04x}"
    return str(error)
