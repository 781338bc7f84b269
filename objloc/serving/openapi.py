"""The OpenAPI document: what the service takes and says, from the very records that it writes."""

import msgspec

from objloc.serving import documents, kserve_documents, kserve_request, predict_request
from objloc.serving.openapi_parts import Json, Operation, json_of, parameter, picture_body
from objloc.serving.version import installed_version

_RECORDS = (
    predict_request.JsonPictures,
    documents.Prediction,
    documents.ModelFacts,
    documents.Examples,
    documents.Health,
    documents.Problem,
    kserve_request.InferRequest,
    kserve_documents.ServerFacts,
    kserve_documents.Live,
    kserve_documents.Ready,
    kserve_documents.ModelReady,
    kserve_documents.KserveModel,
    kserve_documents.InferAnswer,
)
_THRESHOLD = parameter(
    "score_threshold",
    "query",
    "Detections with a lower score are left out; the model's own threshold if it is not given.",
    {"type": "number", "minimum": 0, "maximum": 1},
)
_NAME = parameter("name", "path", "The model's name, as /v1/model tells it.", {"type": "string"})
_VERSION = parameter("version", "path", "The model's version.", {"type": "string"})
_JSON_LENGTH = parameter(
    "Inference-Header-Content-Length",
    "header",
    "Where the JSON ends, if tensors follow it as bytes.",
    {"type": "integer", "minimum": 0},
)
_BODY_ERRORS = (400, 408, 413, 415, 422, 429, 503)


def openapi_document(with_key: bool) -> Json:
    """The document, OpenAPI 3.1.

    Args:
        with_key: the service wants an API key.
    """
    _, schemas = msgspec.json.schema_components(
        _RECORDS, ref_template="#/components/schemas/{name}"
    )
    components: Json = {"schemas": schemas}
    if with_key:
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "objloc",
            "version": installed_version(),
            "description": "Finds objects in pictures: their boxes, labels and scores. Every "
            "error is a problem document (RFC 9457).",
        },
        "paths": {
            place: {
                method: operation.document(with_key=with_key)
                for method, operation in operations.items()
            }
            for place, operations in _paths().items()
        },
        "components": components,
    }


def _paths() -> dict[str, dict[str, Operation]]:
    example = parameter("name", "path", "As /v1/examples tells it.", {"type": "string"})
    return {
        "/v1/predict": {
            "post": Operation(
                "predict",
                "What the model finds in pictures",
                "The pictures are sent as a form's files, as one picture's bytes, or in JSON.",
                json_of("Prediction"),
                parameters=(_THRESHOLD,),
                body=picture_body(),
                errors=_BODY_ERRORS,
            )
        },
        "/v1/model": _get("model", "What there is to know of the model", "ModelFacts", 503),
        "/v1/examples": _get("examples", "Pictures to try the model on", "Examples", 503),
        "/v1/examples/{name}": {
            "get": Operation(
                "example",
                "One of these pictures",
                "",
                {"image/*": {"schema": {"type": "string", "contentMediaType": "image/*"}}},
                parameters=(example,),
                errors=(404, 503),
            )
        },
        "/healthz": _get("healthz", "The process answers", "Health", is_open=True),
        "/readyz": _get("readyz", "The service takes pictures", "Health", 503, is_open=True),
        "/metrics": {
            "get": Operation(
                "metrics",
                "Numbers for Prometheus",
                "",
                {"text/plain": {"schema": {"type": "string"}}},
            )
        },
        "/v2": _get("kserve", "KServe: which server this is", "ServerFacts"),
        "/v2/health/live": _get("kserveLive", "KServe: the server answers", "Live", is_open=True),
        "/v2/health/ready": _get(
            "kserveReady", "KServe: the server takes pictures", "Ready", 503, is_open=True
        ),
        **_kserve_model("/v2/models/{name}", "kserveModel", _NAME),
        **_kserve_model(
            "/v2/models/{name}/versions/{version}", "kserveModelVersion", _NAME, _VERSION
        ),
    }


def _kserve_model(place: str, name: str, *parameters: Json) -> dict[str, dict[str, Operation]]:
    takes_and_gives = "KServe: what the model takes and gives"
    octets = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    infer = Operation(
        f"{name}Infer",
        "KServe: what the model finds",
        "Pixels ('images') or picture files ('encoded'), as JSON or as bytes behind it. Boxes are "
        "x1, y1, x2, y2 in pixels; labels are -1 where a picture has fewer detections than "
        "another. Parameter of the request: score_threshold.",
        {**json_of("InferAnswer"), "application/octet-stream": octets},
        parameters=(*parameters, _JSON_LENGTH),
        body={"required": True, "content": json_of("InferRequest")},
        errors=(404, *_BODY_ERRORS),
    )
    answers = "KServe: the model answers"
    return {
        place: _get(name, takes_and_gives, "KserveModel", 404, 503, parameters=parameters),
        f"{place}/ready": _get(
            f"{name}Ready", answers, "ModelReady", 404, 503, parameters=parameters
        ),
        f"{place}/infer": {"post": infer},
    }


def _get(
    name: str,
    summary: str,
    record: str,
    *errors: int,
    parameters: tuple[Json, ...] = (),
    is_open: bool = False,
) -> dict[str, Operation]:
    """What tells a record."""
    content = json_of(record)
    return {"get": Operation(name, summary, "", content, parameters, None, errors, is_open)}
