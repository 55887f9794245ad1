"""The server's Klein application: its routes, with the contract's answers.

What no route answers is answered here as the Go server does, and not as werkzeug: in
JSON, and with 404 instead of 405 for methods that it knows.
"""

from collections.abc import Iterable
from functools import partial

from klein import Klein
from twisted.python.failure import Failure
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from notary.web import converters, errors, guard
from notary.web.answering import answer, answer_to
from notary.web.errors import MethodNotSupported, NoSuchRoute
from notary.web.observing import observed
from notary.web.request import APIRequest
from notary.web.routes import CATALOG, Route
from notary.web.routing import application
from notary.web.status import Door

_KNOWN_METHODS = frozenset(errors.FALLBACK_METHODS)


def make_app(edge: Door, routes: Iterable[Route]) -> Klein:
    """Return the application that answers everything, unknown paths included."""
    return application(
        routes,
        converters.CONVERTERS,
        partial(_respond, edge),
        partial(_refuse, edge),
    )


def _refuse(edge: Door, request: APIRequest, failure: Failure) -> bytes:
    error = failure.value or NoSuchRoute()
    if isinstance(error, HTTPException):
        error = _unrouted(edge, request, error)
    return request.deliver(answer_to(request, error))


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
