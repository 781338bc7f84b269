"""KServe's open inference protocol, version 2, below `/v2`: clients made for other servers work."""

from starlette.requests import Request
from starlette.responses import Response

from objloc.engines.exported_engine import ExportedEngine
from objloc.serving.health_routes import check_ready
from objloc.serving.json_response import json_response
from objloc.serving.kserve_answer import check_outputs, write_kserve_answer
from objloc.serving.kserve_documents import (
    KserveModel,
    Live,
    ModelReady,
    Ready,
    ServerFacts,
    TensorFacts,
)
from objloc.serving.kserve_request import read_kserve_request
from objloc.serving.model_routes import current_model
from objloc.serving.request_body import header, read_body
from objloc.serving.request_error import RequestError
from objloc.serving.served_model import ServedModel
from objloc.serving.service import Service
from objloc.serving.service_route import ServiceRoute
from objloc.serving.version import installed_version

_MODEL = "/v2/models/{name}"
_VERSION = "/v2/models/{name}/versions/{version}"


class KserveRoutes:
    """Speaks the protocol for a service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> list[ServiceRoute]:
        """What is to be mounted."""
        found = [
            ServiceRoute("/v2", self.server, methods=["GET"]),
            ServiceRoute("/v2/health/live", self.live, methods=["GET"]),
            ServiceRoute("/v2/health/ready", self.ready, methods=["GET"]),
        ]
        for place in (_MODEL, _VERSION):
            found += [
                ServiceRoute(place, self.model, methods=["GET"]),
                ServiceRoute(f"{place}/ready", self.model_ready, methods=["GET"]),
                ServiceRoute(f"{place}/infer", self.infer, methods=["POST"]),
            ]
        return found

    async def server(self, request: Request) -> Response:
        """Which server this is."""
        return json_response(ServerFacts("objloc", installed_version(), ["binary_tensor_data"]))

    async def live(self, request: Request) -> Response:
        """The server answers."""
        return json_response(Live(True))

    async def ready(self, request: Request) -> Response:
        """The server takes pictures."""
        check_ready(self._service)
        return json_response(Ready(True))

    async def model(self, request: Request) -> Response:
        """What the model takes and gives."""
        model = self._named(request)
        engine = model.predictor.engine
        form = engine.exported.format if isinstance(engine, ExportedEngine) else "model"
        return json_response(
            KserveModel(
                name=model.name,
                versions=[model.version],
                platform=f"objloc_{form}",
                inputs=[
                    TensorFacts("images", "UINT8", [-1, -1, -1, 3]),
                    TensorFacts("encoded", "BYTES", [-1]),
                ],
                outputs=[
                    TensorFacts("boxes", "FP32", [-1, -1, 4]),
                    TensorFacts("labels", "INT32", [-1, -1]),
                    TensorFacts("scores", "FP32", [-1, -1]),
                ],
            )
        )

    async def model_ready(self, request: Request) -> Response:
        """The model answers."""
        model = self._named(request)
        check_ready(self._service)
        return json_response(ModelReady(model.name, True))

    async def infer(self, request: Request) -> Response:
        """What the model finds."""
        self._named(request)
        body = await read_body(request.scope, request.receive, self._service.limits)
        wanted = read_kserve_request(
            body,
            header(request.scope, b"inference-header-content-length"),
            self._service.limits.pictures,
        )
        check_outputs(wanted.request)
        answer = await self._service.predict(wanted.pictures, wanted.score_threshold)
        content, json_bytes = write_kserve_answer(answer, wanted.request)
        if json_bytes is None:
            return Response(content, media_type="application/json")
        headers = {"Inference-Header-Content-Length": str(json_bytes)}
        return Response(content, headers=headers, media_type="application/octet-stream")

    def _named(self, request: Request) -> ServedModel:
        """The model that the path names.

        Raises:
            RequestError: there is none of this name and version.
        """
        model = current_model(self._service)
        name, version = request.path_params["name"], request.path_params.get("version")
        if name != model.name or version not in (None, model.version):
            raise RequestError(
                404,
                "no-such-model",
                "No such model",
                f"the model served here is {model.name!r}, version {model.version!r}",
            )
        return model
