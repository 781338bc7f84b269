"""The pieces that the OpenAPI document is made of."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from objloc.serving.openapi_examples import EXAMPLES

Json = dict[str, Any]

_REQUEST_ID: Json = {
    "X-Request-ID": {
        "description": "The request's id: the client's, or a new one.",
        "schema": {"type": "string"},
    }
}
_RETRY_AFTER: Json = {
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
_WHEN = {
    400: "The body is empty, or is not what its media type says.",
    401: "The API key is missing or wrong.",
    404: "There is no such thing.",
    405: "This method is not served here; `Allow` tells which are.",
    408: "The request came too slowly.",
    413: "A body or picture is too large, or there are too many pictures.",
    415: "The body's media type or encoding is not read.",
    422: "The body can be read but not be answered: no picture, a damaged one, a wrong value.",
    429: "Too many pictures wait already.",
    431: "The request's line and headers are too large.",
    500: "The service failed; its log tells more.",
    503: "The service does not answer now: it has no model yet, or ends.",
}
_ALWAYS = (405, 431, 500)


@dataclass(frozen=True)
class Operation:
    """What is done on a path.

    Attributes:
        name: unique.
        summary: in a few words.
        description: what else there is to say.
        content: of the answer, by media type.
        parameters: that it takes.
        body: that it takes.
        errors: that it answers, besides those that every operation may.
        is_open: it wants no API key.
    """

    name: str
    summary: str
    description: str
    content: Json
    parameters: tuple[Json, ...] = ()
    body: Json | None = None
    errors: tuple[int, ...] = ()
    is_open: bool = False

    def document(self, with_key: bool) -> Json:
        """As OpenAPI writes it."""
        errors = {*self.errors, *_ALWAYS}
        needs_key = with_key and not self.is_open
        if needs_key:
            errors.add(401)
        document: Json = {
            "operationId": self.name,
            "summary": self.summary,
            "responses": {
                "200": {
                    "description": self.summary,
                    "headers": _REQUEST_ID,
                    "content": self.content,
                },
                **{str(status): _error(status) for status in sorted(errors)},
            },
        }
        if self.description:
            document["description"] = self.description
        if self.parameters:
            document["parameters"] = list(self.parameters)
        if self.body is not None:
            document["requestBody"] = self.body
        if needs_key:
            document["security"] = [{"bearer": []}, {"header": []}]
        return document


def reference(record: str) -> Json:
    """A record's schema."""
    return {"$ref": f"#/components/schemas/{record}"}


def json_of(record: str) -> Json:
    """JSON that is such a record, with an example where there is one."""
    content: Json = {"schema": reference(record)}
    if record in EXAMPLES:
        content["examples"] = EXAMPLES[record]
    return {"application/json": content}


def parameter(name: str, place: str, description: str, schema: Json) -> Json:
    """A parameter in the path, the query or the headers."""
    return {
        "name": name,
        "in": place,
        "description": description,
        "required": place == "path",
        "schema": schema,
    }


def picture_body() -> Json:
    """A body that holds pictures, in each of the ways that are read."""
    picture: Json = {"type": "string", "format": "binary"}
    return {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": picture,
                            "minItems": 1,
                            "description": "Picture files; the field may have any name.",
                        },
                        "score_threshold": {"type": "number", "minimum": 0, "maximum": 1},
                    },
                    "required": ["file"],
                }
            },
            "image/jpeg": {"schema": picture},
            "image/png": {"schema": picture},
            "image/webp": {"schema": picture},
            "application/octet-stream": {"schema": picture},
            **json_of("JsonPictures"),
        },
    }


def _error(status: int) -> Json:
    headers = dict(_REQUEST_ID)
    if status in (429, 503):
        headers |= _RETRY_AFTER
    return {
        "description": f"{HTTPStatus(status).phrase}. {_WHEN[status]}",
        "headers": headers,
        "content": {"application/problem+json": {"schema": reference("Problem")}},
    }
