"""A Klein application of a table of routes, without what Klein and werkzeug add.

Overridden here are redirects to a missing slash, and that a workflow is cancelled when
its client goes away. What is answered, and what to errors, is left to whoever makes it.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Protocol, TypeVar, cast

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.routing import BaseConverter

from notary.web.request import APIRequest


class Routed(Protocol):
    """A row of the table; no other has its ``name``."""

    @property
    def method(self) -> str:
        """The method, in upper case."""

    @property
    def rule(self) -> str:
        """The path, with variables as werkzeug writes them."""

    @property
    def name(self) -> str:
        """The name of the row."""


_R = TypeVar("_R", bound=Routed)

Respond = Callable[[_R, APIRequest, dict[str, str]], Coroutine[Any, Any, bytes]]
Refuse = Callable[[APIRequest, Failure], bytes]


def application(
    routes: Iterable[_R],
    converters: Mapping[str, type[BaseConverter]],
    respond: Respond[_R],
    refuse: Refuse,
) -> Klein:
    """Return the application that answers everything, unknown paths included."""
    app = Klein()
    app.url_map.converters = {**app.url_map.converters, **converters}
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    for route in routes:
        app.route(route.rule, methods=[route.method], endpoint=route.name)(
            _endpoint(route, respond)
        )

    def refused(request: IRequest, failure: Failure) -> bytes:
        return refuse(cast(APIRequest, request), failure)

    app.handle_errors(Exception)(refused)
    return app


def _endpoint(route: _R, respond: Respond[_R]) -> Callable[..., Deferred[bytes]]:
    def start(request: APIRequest, **variables: str) -> Deferred[bytes]:
        # Klein cancels what it waits for when the client disconnects. A publish must
        # not stop halfway for that, so what is cancelled is not the work itself.
        waiting: Deferred[bytes] = Deferred()
        working = Deferred.fromCoroutine(respond(route, request, variables))
        working.chainDeferred(waiting)
        return waiting

    start.__name__ = route.name
    return start
