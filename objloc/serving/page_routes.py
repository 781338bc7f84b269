"""The page to try the model on: `/` and its files."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from objloc.serving.request_error import RequestError
from objloc.serving.service_route import ServiceRoute

_FOLDER = Path(__file__).with_name("page")
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    # Pictures that a user drops are shown from memory (blob:, data:); nothing comes from elsewhere.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class PageRoutes:
    """Serves the page's files as they were at the start, and nothing else, from memory."""

    def __init__(self) -> None:
        self._files = {
            file.name: (file.read_bytes(), _MEDIA_TYPES[file.suffix])
            for file in sorted(_FOLDER.iterdir())
            if file.suffix in _MEDIA_TYPES
        }
        self._tags = {
            name: f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            for name, (content, _) in self._files.items()
        }

    def routes(self) -> list[ServiceRoute]:
        """What is to be mounted."""
        return [
            ServiceRoute("/", self.index, methods=["GET"]),
            ServiceRoute("/page/{file}", self.file, methods=["GET"]),
        ]

    async def index(self, request: Request) -> Response:
        """The page."""
        return self._answer(request, "index.html")

    async def file(self, request: Request) -> Response:
        """One of its files."""
        return self._answer(request, request.path_params["file"])

    def _answer(self, request: Request, name: str) -> Response:
        if name not in self._files:
            raise RequestError(404, "not-found", "Not found", "the page has no such file")
        content, media_type = self._files[name]
        headers = {**_HEADERS, "ETag": self._tags[name]}
        if request.headers.get("if-none-match") == self._tags[name]:
            return Response(status_code=304, headers=headers)
        return Response(content, headers={**headers, "Content-Type": media_type})
