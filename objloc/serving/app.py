"""The service over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from objloc.errors import ConfigError
from objloc.serving.api_key import ApiKey
from objloc.serving.every_request import EveryRequest
from objloc.serving.health_routes import HealthRoutes
from objloc.serving.kserve_routes import KserveRoutes
from objloc.serving.model_routes import ModelRoutes
from objloc.serving.openapi_routes import OpenapiRoutes
from objloc.serving.page_routes import PageRoutes
from objloc.serving.predict_route import PredictRoute
from objloc.serving.problems import answer_http_exception, answer_request_error
from objloc.serving.request_error import RequestError
from objloc.serving.service import Service
from objloc.serving.service_route import ServiceRoute
from objloc.serving.version import installed_version


def make_app(service: Service, *, api_key: str | None = None) -> FastAPI:
    """An application that answers for a service, which it starts and stops.

    It is to be run with `objloc.serving.http_protocol`, which guards what comes before an
    application is called.

    Args:
        service: not started.
        api_key: what clients must send; None for nothing.

    Raises:
        ConfigError: the key is empty.

    Example:
        >>> limits = service.limits
        >>> uvicorn.run(make_app(service), http=http_protocol(limits), ws="none")
    """
    if api_key is not None and not api_key.strip():
        raise ConfigError(
            "api_key is empty, and so would let everybody in; give one, or take the empty "
            "OBJLOC_API_KEY out of the environment"
        )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    middleware = [Middleware(EveryRequest, registry=service.metrics.registry)]
    if api_key is not None:
        middleware.append(Middleware(ApiKey, api_key=api_key))
    app = FastAPI(
        title="objloc",
        version=installed_version(),
        lifespan=lifespan,
        middleware=middleware,
        exception_handlers={
            RequestError: answer_request_error,
            HTTPException: answer_http_exception,
        },
        openapi_url=None,  # its own would be written anew for every request
        redirect_slashes=False,
        # FastAPI would send traces wherever the environment says; 13 µs a request for nothing.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    routes: list[BaseRoute] = [
        # Asked most, so matched first.
        ServiceRoute("/v1/predict", PredictRoute(service), methods=["POST"]),
        *HealthRoutes(service).routes(),
        *ModelRoutes(service).routes(),
        *KserveRoutes(service).routes(),
        *PageRoutes().routes(),
        *OpenapiRoutes(with_key=api_key is not None).routes(),
    ]
    app.router.routes[:0] = routes
    return app
