"""The OpenAPI document: what the service takes and says, from the very records that it writes."""

from typing import Any

import msgspec

from objloc.serving import documents, kserve_documents, kserve_request, predict_request
from objloc.serving.openapi_examples import EXAMPLES
from objloc.serving.openapi_parts import Operation, json_of, parameter, picture_body, reference
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


def openapi_document(with_key: bool) -> dict[str, Any]:
    """The document, OpenAPI 3.1.

    Args:
        with_key: the service wants an API key.
    """
    _, schemas = msgspec.json.schema_components(
        _RECORDS, ref_template="#/components/schemas/{name}"
    )
    components: dict[str, Any] = {"schemas": schemas}
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
        "/v1/model": {
            "get": Operation(
                "model",
                "What there is to know of the model",
                "",
                json_of("ModelFacts"),
                errors=(503,),
            )
        },
        "/v1/examples": {
            "get": Operation(
                "examples", "Pictures to try the model on", "", json_of("Examples"), errors=(503,)
            )
        },
        "/v1/examples/{name}": {
            "get": Operation(
                "example",
                "One of these pictures",
                "",
                {"image/*": {"schema": {"type": "string", "contentMediaType": "image/*"}}},
                parameters=(
                    parameter("name", "path", "As /v1/examples tells it.", {"type": "string"}),
                ),
                errors=(404, 503),
            )
        },
        "/healthz": {
            "get": Operation("healthz", "The process answers", "", json_of("Health"), is_open=True)
        },
        "/readyz": {
            "get": Operation(
                "readyz",
                "The service takes pictures",
                "",
                json_of("Health"),
                errors=(503,),
                is_open=True,
            )
        },
        "/metrics": {
            "get": Operation(
                "metrics",
                "Numbers for Prometheus",
                "",
                {"text/plain": {"schema": {"type": "string"}}},
            )
        },
        **_kserve_paths(),
    }


def _kserve_paths() -> dict[str, dict[str, Operation]]:
    paths = {
        "/v2": {
            "get": Operation("kserve", "KServe: which server this is", "", json_of("ServerFacts"))
        },
        "/v2/health/live": {
            "get": Operation(
                "kserveLive", "KServe: the server answers", "", json_of("Live"), is_open=True
            )
        },
        "/v2/health/ready": {
            "get": Operation(
                "kserveReady",
                "KServe: the server takes pictures",
                "",
                json_of("Ready"),
                errors=(503,),
                is_open=True,
            )
        },
    }
    for place, path_parameters, suffix in (
        ("/v2/models/{name}", (_NAME,), ""),
        ("/v2/models/{name}/versions/{version}", (_NAME, _VERSION), "Version"),
    ):
        paths[place] = {
            "get": Operation(
                f"kserveModel{suffix}",
                "KServe: what the model takes and gives",
                "",
                json_of("KserveModel"),
                parameters=path_parameters,
                errors=(404, 503),
            )
        }
        paths[f"{place}/ready"] = {
            "get": Operation(
                f"kserveModelReady{suffix}",
                "KServe: the model answers",
                "",
                json_of("ModelReady"),
                parameters=path_parameters,
                errors=(404, 503),
            )
        }
        paths[f"{place}/infer"] = {
            "post": Operation(
                f"kserveInfer{suffix}",
                "KServe: what the model finds",
                "Pixels ('images') or picture files ('encoded'), as JSON or as bytes behind it. "
                "Boxes are x1, y1, x2, y2 in pixels; labels are -1 where a picture has fewer "
                "detections than another. Parameter of the request: score_threshold.",
                {
                    **json_of("InferAnswer"),
                    "application/octet-stream": {
                        "schema": {"type": "string", "contentMediaType": "application/octet-stream"}
                    },
                },
                parameters=(*path_parameters, _JSON_LENGTH),
                body={
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": reference("InferRequest"),
                            "examples": EXAMPLES["InferRequest"],
                        }
                    },
                },
                errors=(404, *_BODY_ERRORS),
            )
        }
    return paths
