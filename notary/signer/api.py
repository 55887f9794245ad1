"""The signer's HTTPS API as a site: from a request to its answer and its log line.

Reading a call, the operations and the errors have modules of their own; TLS is whoever
listens'. What a client sent in its body is never logged.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from attrs import evolve, frozen
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as TooLate
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as WrongMethod
from werkzeug.routing import BaseConverter

from notary import request_id
from notary.settings.model import LimitsSettings
from notary.signer import api_errors
from notary.signer.api_call import MAX_BODY, Call
from notary.signer.api_clients import ClientsOnly
from notary.signer.api_errors import CONVENTIONS, MethodNotAllowed, NoSuchRoute
from notary.signer.api_operations import ROUTES, Edge, Route, health
from notary.signing.service import SigningService, SigningUnavailable
from notary.web.answers import Answer
from notary.web.refusals import Refusals
from notary.web.request import APIRequest
from notary.web.routing import application
from notary.web.site import APISite

DEADLINE_SECONDS = 10

_OUTCOME = "{operation}: {outcome}"

log = Logger()


def make_signer_site(
    signer: SigningService,
    healthy: Callable[[], Awaitable[object]],
    limits: LimitsSettings,
    reactor: IReactorTime,
    require_client_certificate: bool,
    *,
    refusals: Refusals | None = None,
) -> APISite:
    """Return the factory of all connections to the API.

    ``healthy`` raises if keys cannot be found or used now.
    """
    api = _API(Edge(signer, healthy), reactor)
    app = application(ROUTES, {"key_id": _KeyId}, api.respond, _refuse)
    resource: IResource = app.resource()
    limits = evolve(limits, body_bytes=min(limits.body_bytes, MAX_BODY))
    site = APISite(resource, limits, reactor, CONVENTIONS, refusals=refusals)
    if require_client_certificate:
        clients = ClientsOnly(resource)
        site.resource, site.wants_body = clients, clients.is_client
    return site


class _KeyId(BaseConverter):
    """Anything, slashes included, that is no key's ``/signatures``: checked later."""

    regex = "(?s:.*)(?<!/signatures)"
    part_isolating = False


@frozen
class _API:
    edge: Edge
    clock: IReactorTime

    async def respond(
        self, route: Route, request: APIRequest, variables: dict[str, str]
    ) -> bytes:
        """Return the body of the answer; what is begun ends within the deadline."""
        call = _call(request, variables)
        request_id.CURRENT.set(request.request_id)
        try:
            answer = await self._in_time(route, call)
        except Exception as error:
            answer = api_errors.answer_to(error)
            _log_failure(route, request, call, error)
        else:
            _log_success(route, request, call)
        return request.deliver(answer)

    async def _in_time(self, route: Route, call: Call) -> Answer:
        working = Deferred.fromCoroutine(route.operation(self.edge, call))
        try:
            return await working.addTimeout(DEADLINE_SECONDS, self.clock)
        except TooLate:
            said = f"nothing came of it within {DEADLINE_SECONDS} s"
            raise SigningUnavailable(said) from None


def _call(request: APIRequest, variables: dict[str, str]) -> Call:
    return Call(
        list(request.requestHeaders.getRawHeaders(b"Content-Type", [])),
        request.uri.partition(b"?")[2],
        request.content.read() if request.content is not None else b"",
        key_id=variables.get("key_id"),
    )


def _refuse(request: APIRequest, failure: Failure) -> bytes:
    """Answer what did not get as far as an operation."""
    error: BaseException = failure.value or NoSuchRoute()
    if isinstance(error, WrongMethod):
        error = MethodNotAllowed(sorted(error.valid_methods or ()))
    elif isinstance(error, HTTPException):
        error = NoSuchRoute()
    else:
        log.failure("unexpected error", failure, **request.context())
    return request.deliver(api_errors.answer_to(error))


def _log_success(route: Route, request: APIRequest, call: Call) -> None:
    lines = request.site.request_log
    if route.operation is health:
        # Every server asks every ten seconds.
        request.is_routine = True
        log.debug(_OUTCOME, **_outcome(route, request, call, "ok"))
    elif lines.wanted:
        lines.write(_OUTCOME, _outcome(route, request, call, "ok"))


def _log_failure(
    route: Route, request: APIRequest, call: Call, error: Exception
) -> None:
    rule = api_errors.rule_for(error)
    if not api_errors.is_expected(error):
        fields = {**request.context(), "operation": route.name}
        log.failure("unexpected error", Failure(error), **fields)
        return
    level = LogLevel.error if rule.status >= 500 else LogLevel.info
    outcome = f"{rule.code}: {str(error) or type(error).__name__}"
    log.emit(level, _OUTCOME, **_outcome(route, request, call, outcome))


def _outcome(
    route: Route, request: APIRequest, call: Call, outcome: str
) -> dict[str, Any]:
    """Return the fields of the line that says what came of a call."""
    facts = {"gun": call.gun, "role": call.role, "key_id": call.key_id}
    return {
        "operation": route.name,
        "outcome": outcome,
        **{name: value for name, value in facts.items() if value is not None},
        request_id.FIELD: request.request_id,
    }
