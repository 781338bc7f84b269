"""Answers in JSON, written by msgspec."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response


def json_response(
    record: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A record, or anything else that msgspec writes."""
    return Response(msgspec.json.encode(record), status, headers, "application/json")
