"""The parts of a multipart/form-data body (RFC 7578), which is in memory already."""

import logging
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from objloc.serving.request_error import RequestError

_MOST_FIELDS = 8  # besides pictures; there is use for one
_log = logging.getLogger(__name__)
_log.disabled = True  # a client's mistake is told to the client


@dataclass
class Part:
    """One part of the body.

    Attributes:
        headers: of the part, by their names in lower case.
        name: of the form's field.
        file_name: None where the part is no file.
        content: its bytes.
    """

    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    file_name: str | None = None
    content: bytes = b""


class MultipartReader:
    """Reads the parts of one body.

    Args:
        content_type: of the request, with the boundary.
        most_parts: with more, reading ends.
    """

    def __init__(self, content_type: str, most_parts: int) -> None:
        self._most_parts = most_parts
        self._parts: list[Part] = []
        self._header_name = b""
        self._complete = False
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if not boundary:
            raise _malformed("Content-Type names no boundary")
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_part_data": self._on_part_data,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_headers_finished": self._on_headers_finished,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise _malformed(str(error)) from None
        self._parser.logger = _log

    def read(self, body: bytes) -> list[Part]:
        """The parts, in their order.

        Raises:
            RequestError: the body is malformed, or has too many parts.
        """
        try:
            self._parser.write(body)
        except FormParserError as error:
            raise _malformed(str(error)) from None
        if not self._complete:
            raise _malformed("the closing boundary is missing: the body was cut off")
        return self._parts

    def _on_part_begin(self) -> None:
        if len(self._parts) >= self._most_parts + _MOST_FIELDS:
            raise RequestError(
                413,
                "too-many-pictures",
                "Too many pictures",
                f"a request may hold {self._most_parts} pictures; send the others in another one",
            )
        self._parts.append(Part())

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name = data[start:end].lower()

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._parts[-1].headers[self._header_name] = data[start:end]

    def _on_headers_finished(self) -> None:
        part = self._parts[-1]
        # Browsers write names in UTF-8; the library hands through what is latin-1 to it.
        disposition = part.headers.get(b"content-disposition", b"").decode("latin-1")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data":
            raise _malformed("a part has no 'Content-Disposition: form-data'")
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            part.file_name = options[b"filename"].decode("utf-8", "replace")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._parts[-1].content += data[start:end]  # called once: the body is there as a whole

    def _on_end(self) -> None:
        self._complete = True


def _malformed(what: str) -> RequestError:
    return RequestError(
        400, "malformed-multipart", "Malformed multipart/form-data", f"multipart/form-data: {what}"
    )
