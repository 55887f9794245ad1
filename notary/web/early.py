"""Whoever is not let in is told so before the body is received.

The routes, and who may use them, are those of every other request: they are only asked
earlier, and what they say is kept with the request.
"""

from collections.abc import Iterable

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from notary.web.answering import admits
from notary.web.asked import Asked
from notary.web.routes import Route
from notary.web.status import Door


class Early:
    """Decides on requests of whose body nothing has been received."""

    def __init__(self, edge: Door, routes: Iterable[Route], paths: Map) -> None:
        """``paths`` leads to the routes by their names."""
        self._edge = edge
        self._routes = {route.name: route for route in routes}
        self._paths = paths.bind("notary")

    def wants_body(self, request: Asked, path: str) -> bool:
        """Tell whether there is a handler for a request that may get to it."""
        try:
            name, variables = self._paths.match(path, request.method.decode("ascii"))
        except HTTPException:
            return False
        return admits(self._edge, self._routes[name], request, dict(variables))
