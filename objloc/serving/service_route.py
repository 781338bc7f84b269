"""A route that those around it know by its pattern."""

from starlette.routing import Match, Route
from starlette.types import Scope


class ServiceRoute(Route):
    """Notes itself in the scope, as `fastapi.routing.APIRoute` does and FastAPI, for plain routes,
    doesn't.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for this route."""
        match, child = super().matches(scope)
        if match is not Match.NONE:
            child["route"] = self
        return match, child
