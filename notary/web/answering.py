"""Answering a request whose route is known: the same, by whichever path it comes."""

from collections.abc import Callable, Coroutine
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from notary import request_id
from notary.web import errors, guard
from notary.web.answers import Answer
from notary.web.asked import Asked
from notary.web.eagerly import Later, begin
from notary.web.errors import InvalidGUN, NoSuchRoute
from notary.web.routes import Route
from notary.web.status import Door

log = Logger(namespace="notary.web")


async def answer(
    edge: Door,
    route: Route,
    request: Asked,
    variables: dict[str, str],
) -> Answer:
    """Return what the handler of the route answers, or the answer to its error."""
    request.gun, request.operation = variables.get("gun"), route.operation
    request_id.CURRENT.set(request.request_id)
    try:
        if request.refusal is not None:
            raise request.refusal
        if not request.is_admitted:
            _admit(edge, route, request)
        if not route.is_rated:
            answer: Answer = await route.handler(edge, request, **variables)
        else:
            with edge.changes.place():
                edge.rates.admit(request.gun or "", request.subject)
                answer = await route.handler(edge, request, **variables)
    except Exception as error:
        return answer_to(request, error)
    return answer


def answer_at_once(
    edge: Door, route: Route, request: Asked, variables: dict[str, str]
) -> Answer | Deferred[Answer] | None:
    """Return the answer, or where it will be, if the route needs no handler for it.

    ``None`` leaves the request, which is then let in already, to ``answer``.
    """
    if route.at_once is None:
        return None
    request.gun, request.operation = variables.get("gun"), route.operation
    before = request_id.CURRENT.set(request.request_id)
    try:
        _admit(edge, route, request)
        request.is_admitted = True
        done = route.at_once(edge, request, **variables)
    except Exception as error:
        return answer_to(request, error)
    finally:
        request_id.CURRENT.reset(before)
    if isinstance(done, Later):
        done.awaited.addCallback(_go_on, done.then, request)
        return done.awaited.addErrback(_failed, request)
    return done


def _go_on(
    found: Any,  # noqa: ANN401
    then: Callable[[Any], Answer | Coroutine[Any, Any, Answer]],
    request: Asked,
) -> Answer | Deferred[Answer]:
    before = request_id.CURRENT.set(request.request_id)
    try:
        done = then(found)
        return done if isinstance(done, Answer) else begin(done)
    except Exception as error:  # not left to the Deferred: it collects the stack
        return answer_to(request, error)
    finally:
        request_id.CURRENT.reset(before)


def _failed(reason: Failure, request: Asked) -> Answer:
    return answer_to(request, reason.value or Exception())


def admits(edge: Door, route: Route, request: Asked, variables: dict[str, str]) -> bool:
    """Tell whether a request is let in; if it is not, its answer will say why."""
    request.gun = variables.get("gun")
    try:
        _admit(edge, route, request)
    except Exception as error:
        request.refusal = error
    request.is_admitted = request.refusal is None
    return request.is_admitted


def answer_to(request: Asked, error: BaseException) -> Answer:
    """Return the answer to an error, and note its code; the unexpected is logged."""
    request.error = errors.code_of(error)
    answer = errors.answer_to(error)
    if errors.is_expected(error):
        return answer
    log.failure("unexpected error", Failure(error), **request.context())
    return evolve(answer, problem="")  # It has been said, with its traceback.


def _admit(edge: Door, route: Route, request: Asked) -> None:
    if request.gun is not None:
        _require_served(edge, route, request.gun)
    guard.require(edge.authenticator, request, route.scope)


def _require_served(edge: Door, route: Route, gun: str) -> None:
    if not edge.gun_prefixes or gun.startswith(edge.gun_prefixes):
        return
    if route.tells_prefixes:
        raise InvalidGUN(f"Require GUNs with prefix: [{' '.join(edge.gun_prefixes)}]")
    raise NoSuchRoute("no GUN with this prefix is served: repositories.gun_prefixes")
