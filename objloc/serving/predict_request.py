"""The pictures of a request to /v1/predict, whichever way they were sent."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from objloc.serving import score_threshold
from objloc.serving.json_body import read_json
from objloc.serving.limits import Limits
from objloc.serving.multipart_body import MultipartReader, Part
from objloc.serving.request_error import RequestError

Base64 = Annotated[
    bytes,
    Meta(
        description="A picture file in base64 (RFC 4648, section 4).",
        extra_json_schema={
            "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
        },
    ),
]


class JsonPictures(Struct, forbid_unknown_fields=True):
    """Pictures in JSON."""

    images: Annotated[list[Base64], Meta(min_length=1)]
    score_threshold: Annotated[float, Meta(ge=0, le=1)] | None = None


@dataclass(frozen=True)
class PredictRequest:
    """What a client wants to be told.

    Attributes:
        pictures: picture files, undecoded.
        names: of the files, where told.
        score_threshold: None: the model's.
    """

    pictures: list[bytes]
    names: list[str | None]
    score_threshold: float | None


_JSON = msgspec.json.Decoder(JsonPictures)


def read_request(
    content_type: str | None, query: bytes, body: bytes, limits: Limits
) -> PredictRequest:
    """What was sent, by its media type.

    Raises:
        RequestError: nothing one can look at, as far as one sees without decoding a picture.
    """
    threshold = score_threshold.from_query(query)
    kind = (content_type or "application/octet-stream").split(";", 1)[0].strip().lower()
    if kind.startswith("image/") or kind == "application/octet-stream":
        return PredictRequest([body], [None], threshold)
    if kind == "multipart/form-data":
        return _from_form(
            MultipartReader(content_type or "", limits.pictures).read(body), threshold
        )
    if kind == "application/json":
        said = read_json(body, _JSON)
        if said.score_threshold is not None:
            threshold = said.score_threshold
        names: list[str | None] = [None] * len(said.images)
        return PredictRequest(said.images, names, threshold)
    raise RequestError(
        415,
        "unsupported-media-type",
        "Unsupported media type",
        f"Content-Type: {kind[:80]} is not read; send the picture's own (image/jpeg), "
        "application/octet-stream, multipart/form-data or application/json",
        headers={
            "Accept": "image/*, application/octet-stream, multipart/form-data, application/json"
        },
    )


def _from_form(parts: list[Part], threshold: float | None) -> PredictRequest:
    pictures: list[bytes] = []
    names: list[str | None] = []
    for part in parts:
        if part.file_name is None and part.name == score_threshold.NAME:
            threshold = score_threshold.from_text(part.content[:80].decode("latin-1"))
        elif part.file_name is None and b"content-type" not in part.headers:
            raise RequestError(
                422,
                "wrong-field",
                "Wrong form field",
                f"field {part.name[:40]!r} is no file; the only other field is "
                f"{score_threshold.NAME}",
            )
        else:
            pictures.append(part.content)
            names.append(part.file_name)
    if not pictures:
        raise RequestError(
            422, "no-picture", "No picture", "multipart/form-data: no part of it is a file"
        )
    return PredictRequest(pictures, names, threshold)
