"""The OpenAPI document says what the service does: requests made from it find nothing else."""

from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from objloc.serving.app import make_app
from objloc.serving.model_file import ModelFile
from objloc.serving.openapi import openapi_document
from objloc.serving.openapi_examples import EXAMPLES
from objloc.serving.service import Service
from tests.serving.pictures import encoded, picture

BOTH = picture(red=(6, 6, 30, 24), blue=(48, 30, 90, 60))
PICTURES = [encoded(BOTH), encoded(BOTH, "JPEG"), encoded(picture(7, 5)), b"", b"no picture"]

for kind in ("image/png", "image/jpeg", "image/webp", "application/octet-stream"):
    schemathesis.openapi.media_type(kind, st.sampled_from(PICTURES))
schema = schemathesis.openapi.from_dict(openapi_document(with_key=False))


@schema.parametrize()
@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_surprises_the_service(case: schemathesis.Case, address: str):
    places = case.meta.components if case.meta else {}
    name = places.get(ParameterLocation.PATH)
    if case.path.startswith("/v2/models") and name and name.mode is GenerationMode.POSITIVE:
        # By chance it would never be this name, and hardly ever this length.
        case.path_parameters["name"] = "colours"
        case.headers.pop("Inference-Header-Content-Length", None)
    # No schema can say what a picture is: what it allows may be refused, and rightly.
    case.call_and_validate(base_url=address, excluded_checks=[positive_data_acceptance])


def test_the_document_is_valid_and_served(address: str):
    schema.validate()
    assert httpx.get(f"{address}/openapi.json").json() == openapi_document(with_key=False)


def test_every_route_is_in_the_document(model_file: Path):
    app = make_app(Service(ModelFile(model_file)))
    own = {"/", "/page/{file}", "/openapi.json"}
    routes = {
        (route.path, method.lower())
        for route in app.routes
        for method in route.methods - {"HEAD"}
        if route.path not in own
    }
    paths = openapi_document(with_key=False)["paths"]
    assert routes == {(path, method) for path, methods in paths.items() for method in methods}


@pytest.mark.parametrize(
    ("record", "path"),
    [("JsonPictures", "/v1/predict"), ("InferRequest", "/v2/models/colours/infer")],
)
def test_the_examples_are_answered(address: str, record: str, path: str):
    for example in EXAMPLES[record].values():
        assert httpx.post(address + path, json=example["value"]).status_code == 200


def test_the_key_is_in_the_document():
    paths = openapi_document(with_key=True)["paths"]
    assert paths["/v1/predict"]["post"]["security"] == [{"bearer": []}, {"header": []}]
    assert "401" in paths["/v1/predict"]["post"]["responses"]
    assert "security" not in paths["/healthz"]["get"]
