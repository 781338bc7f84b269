"""What the service tells of its model: `/v1/model` and `/v1/examples`."""

import asyncio
from dataclasses import asdict
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from objloc.engines.exported_engine import ExportedEngine
from objloc.serving.documents import Example, Examples, ModelFacts, ServiceLimits
from objloc.serving.json_response import json_response
from objloc.serving.request_error import RequestError
from objloc.serving.served_model import EXAMPLE_TYPES, ServedModel
from objloc.serving.service import Service
from objloc.serving.service_route import ServiceRoute


def current_model(service: Service) -> ServedModel:
    """The model in use.

    Raises:
        RequestError: there is none yet.
    """
    if service.model is None:
        raise RequestError(
            503, "no-model", "No model yet", "the service is still opening its model", retry_after=1
        )
    return service.model


class ModelRoutes:
    """Tells of a service's model."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> list[ServiceRoute]:
        """What is to be mounted."""
        return [
            ServiceRoute("/v1/model", self.model, methods=["GET"]),
            ServiceRoute("/v1/examples", self.examples, methods=["GET"]),
            ServiceRoute("/v1/examples/{name}", self.example, methods=["GET"]),
        ]

    async def model(self, request: Request) -> Response:
        """What there is to know of the model, and the service's limits."""
        model = current_model(self._service)
        engine = model.predictor.engine
        card = engine.card
        exported = engine.exported if isinstance(engine, ExportedEngine) else None
        limits = self._service.limits
        return json_response(
            ModelFacts(
                name=model.name,
                version=model.version,
                class_names=list(card.class_names),
                image_size=card.image_size,
                resize_mode=card.resize_mode,
                score_threshold=card.score_threshold,
                decoding=asdict(card.decoding),
                format="" if exported is None else exported.format,
                precision="" if exported is None else exported.precision,
                about=dict(model.about),
                limits=ServiceLimits(
                    body_bytes=limits.body_bytes,
                    header_bytes=limits.header_bytes,
                    pictures=limits.pictures,
                    pixels=limits.pixels,
                    seconds=limits.seconds,
                ),
            )
        )

    async def examples(self, request: Request) -> Response:
        """Pictures to try the model on."""
        model = current_model(self._service)
        return json_response(
            Examples([Example(name, f"/v1/examples/{quote(name)}") for name in model.examples])
        )

    async def example(self, request: Request) -> Response:
        """One of them; its name is looked up among them and never used as a path."""
        file = current_model(self._service).examples.get(request.path_params["name"])
        try:
            content = None if file is None else await asyncio.to_thread(file.read_bytes)
        except OSError:  # a newer model took over and the old one's folder went
            content = None
        if file is None or content is None:
            raise RequestError(
                404, "no-such-example", "No such example", "/v1/examples lists those that there are"
            )
        media_type = EXAMPLE_TYPES[file.suffix.lower()]
        return Response(content, headers={"Cache-Control": "no-cache"}, media_type=media_type)
