"""One request of the short path: what ``twisted.web`` would need a dozen objects for.

Which requests come here is decided in ``notary.web.quick_head``; how they are answered,
in ``notary.web.answering``.
"""

import time
from collections.abc import Callable
from functools import lru_cache

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
    GUN,
    ORIGIN,
    URI,
    WRITTEN,
    Asked,
    date,
    duration,
)
from notary.web.eagerly import begin
from notary.web.observing import ended, observed
from notary.web.quick_head import RequestHeaders
from notary.web.quick_plans import Plans, Sender, Target
from notary.web.quick_routes import QuickRoutes
from notary.web.request_log import Form, RequestLog
from notary.web.status import Door

_NO_LENGTH = (204, 304)
# What differs between lines about one kind of answer: texts of a known form, or any.
_SIMPLE = (request_id.FIELD, DURATION, URI)
_SIMPLE_WITH_GUN = (*_SIMPLE, GUN)
_OTHERS = (ORIGIN, WRITTEN)

log = Logger(namespace="notary.web")


class QuickRequest(Asked):
    """A GET or HEAD without a body, on its way from its head to its answer."""

    is_gone = False
    written = 0
    _kind = ""

    def __init__(self, target: Target, sender: Sender, origin: str) -> None:
        self.target = target
        self._sender = sender
        self.method = target.method
        self.uri = target.path
        self.requestHeaders = sender.headers
        self.is_last = sender.closes
        self._origin = origin
        self.started = time.monotonic()

    @property
    def size(self) -> int:
        """Roughly what the client has sent, separators left out, as in Go."""
        return self.target.size + self._sender.size

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
        body = answer.body if self.method == b"GET" else b""
        self.written = len(body)
        lines, self._kind = _lines(answer.status, answer.headers, len(answer.body))
        return b"%b%bDate: %b\r\nX-Request-Id: %b\r\n%b%b" % (
            _status_line(answer.status),
            b"Connection: close\r\n" if self.is_last else b"",
            date(int(time.time())),
            self.request_id.encode(),
            lines,
            body,
        )

    def completed(self, lines: RequestLog) -> None:
        """Write the line about the encoded answer to the log."""
        if not lines.wanted:
            return
        seconds = time.monotonic() - self.started
        form = None
        if self.target.is_simple and not self.subject:
            form = self._form(lines)
        if form is None:
            self.tell_completed(
                lines, seconds=seconds, written=self.written, kind=self._kind
            )
            return
        values = {
            request_id.FIELD: self.request_id,
            DURATION: duration(seconds),
            URI: self.target.uri,
            ORIGIN: self._origin,
            WRITTEN: self.written,
        }
        if self.gun is not None:
            values[GUN] = self.gun
        form(values)

    def _form(self, lines: RequestLog) -> Form | None:
        """Return how lines about such answers are written; ``None`` for the first."""
        has_gun = self.gun is not None
        forms = self._sender.forms
        key = self.method, self.operation, has_gun, self.code, self._kind
        if key not in forms:
            # Some clients come once. To make a form costs as much as many lines.
            forms[key] = None
        elif forms[key] is None:
            fields = self.fields_completed(self._kind)
            simple = _SIMPLE_WITH_GUN if has_gun else _SIMPLE
            forms[key] = lines.form(COMPLETED, fields, simple, _OTHERS)
        return forms[key]


class Quick:
    """The short path of one site."""

    def __init__(self, edge: Door, routes: QuickRoutes, head_bytes: int) -> None:
        self._edge = edge
        self._plans = Plans(routes, head_bytes)

    def request(
        self, data: bytes, origin: Callable[[RequestHeaders], str]
    ) -> QuickRequest | None:
        """Return the request that a head is; ``None`` if it is not for the short path.

        ``origin`` says of its headers whom it comes from.
        """
        found = self._plans.find(data)
        if found is None:
            return None
        target, sender = found
        return QuickRequest(target, sender, origin(sender.headers))

    def answer(self, request: QuickRequest) -> Answer | Deferred[Answer]:
        """Return the answer, or where it will be."""
        target, observer = request.target, self._edge.status.observer
        route = target.route
        done = answer_at_once(self._edge, route, request, target.variables)
        if done is None:
            return begin(self._answered(request))
        if route.operation:
            observer.began(route.operation)
            if isinstance(done, Answer):
                self._ended(done, request)
            else:
                done.addCallback(self._ended, request)
        return done

    def _ended(self, answer: Answer, request: QuickRequest) -> Answer:
        observer = self._edge.status.observer
        ended(observer, request.operation, request, answer, request.started)
        return answer

    async def _answered(self, request: QuickRequest) -> Answer:
        route = request.target.route
        work = answer(self._edge, route, request, request.target.variables)
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
def _lines(status: int, headers: answers.Headers, length: int) -> tuple[bytes, str]:
    """Return the lines of an answer and the empty one, and its content type."""
    kind = dict(headers).get(b"Content-Type", b"").decode("latin-1")
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    if status not in _NO_LENGTH:
        lines = b"%bContent-Length: %d\r\n" % (lines, length)
    return lines + b"\r\n", kind
