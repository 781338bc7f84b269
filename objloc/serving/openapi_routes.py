"""`/openapi.json`: how to talk to the service."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from objloc.serving.openapi import openapi_document
from objloc.serving.service_route import ServiceRoute


class OpenapiRoutes:
    """Serves the document, written once.

    Args:
        with_key: the service wants an API key.
    """

    def __init__(self, with_key: bool) -> None:
        self._document = msgspec.json.encode(openapi_document(with_key))

    def routes(self) -> list[ServiceRoute]:
        """What is to be mounted."""
        return [ServiceRoute("/openapi.json", self.document, methods=["GET"])]

    async def document(self, request: Request) -> Response:
        """The document."""
        return Response(self._document, media_type="application/json")
