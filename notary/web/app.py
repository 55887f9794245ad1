"""The Klein application: made from a table of routes, with the contract's answers.

What Klein and werkzeug do by default and the Go server does not is overridden here:
redirects to a missing slash, HTML errors, 405 for known methods, and cancelling
a workflow when its client goes away.
"""

from collections.abc import Callable, Iterable
from typing import cast

from klein import Klein
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from notary.web import converters, errors, guard
from notary.web.answering import answer, answer_to
from notary.web.errors import MethodNotSupported, NoSuchRoute
from notary.web.observing import observed
from notary.web.request import APIRequest
from notary.web.routes import CATALOG, Route
from notary.web.status import Door

_KNOWN_METHODS = frozenset(errors.FALLBACK_METHODS)


def make_app(edge: Door, routes: Iterable[Route]) -> Klein:
    """Return the application that answers everything, unknown paths included."""
    app = Klein()
    app.url_map.converters = {**app.url_map.converters, **converters.CONVERTERS}
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    for route in routes:
        app.route(route.rule, methods=[route.method], endpoint=route.name)(
            _endpoint(edge, route)
        )

    def refuse(request: IRequest, failure: Failure) -> bytes:
        return _refuse(edge, cast(APIRequest, request), failure)

    app.handle_errors(Exception)(refuse)
    return app


def _refuse(edge: Door, request: APIRequest, failure: Failure) -> bytes:
    error = failure.value or NoSuchRoute()
    if isinstance(error, HTTPException):
        error = _unrouted(edge, request, error)
    return request.deliver(answer_to(request, error))


def _endpoint(edge: Door, route: Route) -> Callable[..., Deferred[bytes]]:
    def start(request: APIRequest, **variables: str) -> Deferred[bytes]:
        # Klein cancels what it waits for when the client disconnects. A publish must
        # not stop halfway for that, so what is cancelled is not the work itself.
        waiting: Deferred[bytes] = Deferred()
        working = Deferred.fromCoroutine(_respond(edge, route, request, variables))
        working.chainDeferred(waiting)
        return waiting

    start.__name__ = route.name
    return start


async def _respond(
    edge: Door, route: Route, request: APIRequest, variables: dict[str, str]
) -> bytes:
    answering = answer(edge, route, request, variables)
    if route.operation:
        observer = edge.status.observer
        answering = observed(observer, route.operation, request, answering)
    return request.deliver(await answering)


def _unrouted(edge: Door, request: APIRequest, error: HTTPException) -> Exception:
    if request.method.decode("ascii") in _KNOWN_METHODS:
        try:
            guard.require(edge.authenticator, request, CATALOG)
        except Exception as refusal:
            return refusal
        return NoSuchRoute()
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        return MethodNotSupported(sorted(error.valid_methods))
    return MethodNotSupported()
