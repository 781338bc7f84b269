"""How the service is: `/healthz`, `/readyz` and `/metrics`."""

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from objloc.serving.documents import Health
from objloc.serving.json_response import json_response
from objloc.serving.request_error import RequestError
from objloc.serving.service import Service
from objloc.serving.service_route import ServiceRoute


def check_ready(service: Service) -> None:
    """Says nothing where the service takes pictures.

    Raises:
        RequestError: it does not, yet or any more.
    """
    if not service.ready:
        what = "ends" if service.stopping else "has no model yet"
        raise RequestError(503, "not-ready", "Not ready", f"the service {what}", retry_after=1)


class HealthRoutes:
    """Tells how a service is."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def routes(self) -> list[ServiceRoute]:
        """What is to be mounted."""
        return [
            ServiceRoute("/healthz", self.alive, methods=["GET"]),
            ServiceRoute("/readyz", self.ready, methods=["GET"]),
            ServiceRoute("/metrics", self.metrics, methods=["GET"]),
        ]

    async def alive(self, request: Request) -> Response:
        """The process answers."""
        return json_response(Health("alive"))

    async def ready(self, request: Request) -> Response:
        """The service takes pictures."""
        check_ready(self._service)
        return json_response(Health("ready"))

    async def metrics(self, request: Request) -> Response:
        """Numbers for Prometheus."""
        content = generate_latest(self._service.metrics.registry)
        return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})
