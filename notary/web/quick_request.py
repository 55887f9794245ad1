"""One request of the short path: what ``twisted.web`` would need a dozen objects for.

Which requests come here is decided in ``notary.web.quick_head``; how they are answered,
in ``notary.web.answering``.
"""

import time
from functools import lru_cache
from typing import Any

from attrs import field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import RESPONSES

from notary import request_id
from notary.web import answers
from notary.web.answering import answer, answer_at_once, answer_to
from notary.web.answers import Answer
from notary.web.asked import (
    COMPLETED,
    DURATION,
    ORIGIN,
    WRITTEN,
    Asked,
    date,
    duration,
    fields_of,
)
from notary.web.eagerly import begin
from notary.web.observing import note, observed
from notary.web.quick_head import MAX_BYTES, Head, recognise
from notary.web.quick_routes import QuickRoutes
from notary.web.request_log import Form, RequestLog
from notary.web.routes import Route
from notary.web.status import Door

_PROTOCOL = len(b"HTTP/1.1")
MAX_USUAL = 1024
MAX_USUAL_BYTES = 512
_NO_LENGTH = (204, 304)
# What differs between lines about answers to one head: texts of a known form, or any.
_SIMPLE = (request_id.FIELD, DURATION)
_OTHERS = (ORIGIN, WRITTEN)

log = Logger(namespace="notary.web")


@frozen
class Plan:
    """What a head asks for: the same for all requests that have it."""

    head: Head
    route: Route
    variables: dict[str, str]
    size: int
    fields: dict[str, Any]
    """What the log says of the head."""

    forms: dict[tuple[int, str], Form | None] = field(factory=dict)
    """How lines about answers to it are written, by status and content type."""


def plan(head: Head, route: Route, variables: dict[str, str]) -> Plan:
    """Return the plan for a head, whose path leads to the route."""
    size = len(head.method) + len(head.path) + _PROTOCOL + head.headers.size
    fields = fields_of(head.method, head.path, head.headers)
    return Plan(head, route, variables, size, fields)


class QuickRequest(Asked):
    """A GET or HEAD without a body, on its way from its head to its answer."""

    is_gone = False
    written = 0

    def __init__(self, plan: Plan, origin: str) -> None:
        self.plan = plan
        head = plan.head
        self.method = head.method
        self.uri = head.path
        self.requestHeaders = head.headers
        self.is_last = head.closes
        self._origin = origin
        self.started = time.monotonic()

    @property
    def size(self) -> int:
        """Roughly what the client has sent, separators left out, as in Go."""
        return self.plan.size

    def _asked(self) -> dict[str, Any]:
        return self.plan.fields

    def make_last(self) -> None:
        """Close the connection after the answer."""
        self.is_last = True

    def connectionLost(self, _reason: Failure) -> None:  # noqa: N802 -- Twisted's name
        """Give up the answer, and say so; what is done for the request goes on."""
        self.is_gone = True
        log.info("the client left before the answer", **self.context())

    def encoded(self, answer: Answer) -> bytes:
        """Return all bytes of the answer, and keep its status."""
        self.code = answer.status
        self.written = len(answer.body) if self.method == b"GET" else 0
        return b"%b%bDate: %b\r\nX-Request-Id: %b\r\n%b%b" % (
            _status_line(answer.status),
            b"Connection: close\r\n" if self.is_last else b"",
            date(int(time.time())),
            self.request_id.encode(),
            _lines(answer.status, answer.headers, len(answer.body)),
            answer.body if self.written else b"",
        )

    def completed(self, answer: Answer, lines: RequestLog) -> None:
        """Write the line about the finished request to the log."""
        if not lines.wanted:
            return
        kind = _kind(answer.headers)
        seconds = time.monotonic() - self.started
        if self.subject:
            self.tell_completed(lines, seconds=seconds, written=self.written, kind=kind)
            return
        form = self._form(kind, lines)
        if form is None:
            self.tell_completed(lines, seconds=seconds, written=self.written, kind=kind)
            return
        form(
            {
                request_id.FIELD: self.request_id,
                ORIGIN: self._origin,
                DURATION: duration(seconds),
                WRITTEN: self.written,
            }
        )

    def _form(self, kind: str, lines: RequestLog) -> Form | None:
        """Return how lines about such answers are written; ``None`` for the first."""
        forms, key = self.plan.forms, (self.code, kind)
        if key not in forms:
            # Most heads come once. To make a form costs as much as many lines.
            forms[key] = None
        elif forms[key] is None:
            fields = self.fields_completed(kind)
            forms[key] = lines.form(COMPLETED, fields, _SIMPLE, _OTHERS)
        return forms[key]


class Quick:
    """The short path of one site."""

    def __init__(self, edge: Door, routes: QuickRoutes, head_bytes: int) -> None:
        self._head_bytes = min(head_bytes, MAX_BYTES)
        self._edge = edge
        self._routes = routes
        self._usual: dict[bytes, Plan] = {}

    def plan(self, data: bytes) -> Plan | None:
        """Return what a head asks for; ``None`` if the short path is not for it."""
        found = self._usual.get(data)
        return found or self._new_plan(data)

    def _new_plan(self, data: bytes) -> Plan | None:
        head = recognise(data) if len(data) <= self._head_bytes else None
        found = self._routes.find(head.path) if head else None
        if head is None or found is None:
            return None
        made = plan(head, *found)
        if len(data) <= MAX_USUAL_BYTES and head.headers.are_usual:
            if len(self._usual) >= MAX_USUAL:
                self._usual.clear()
            self._usual[data] = made
        return made

    def answer(self, request: QuickRequest) -> Answer | Deferred[Answer]:
        """Return the answer, or where it will be."""
        route = request.plan.route
        done = answer_at_once(self._edge, route, request, request.plan.variables)
        if done is None:
            return begin(self._answered(request))
        if route.operation:
            observer = self._edge.status.observer
            note(observer, route.operation, request, done, request.started)
        return done

    async def _answered(self, request: QuickRequest) -> Answer:
        route = request.plan.route
        work = answer(self._edge, route, request, request.plan.variables)
        if route.operation:
            observer = self._edge.status.observer
            work = observed(observer, route.operation, request, work)
        try:
            return await work
        except Exception as error:  # as Klein does
            return answer_to(request, error)


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    return b"HTTP/1.1 %d %b\r\n" % (status, RESPONSES[status])


@lru_cache(maxsize=1024)
def _lines(status: int, headers: answers.Headers, length: int) -> bytes:
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    if status in _NO_LENGTH:
        return lines + b"\r\n"
    return b"%bContent-Length: %d\r\n\r\n" % (lines, length)


@lru_cache(maxsize=1024)
def _kind(headers: answers.Headers) -> str:
    return dict(headers).get(b"Content-Type", b"").decode("latin-1")
