# mypy: allow-untyped-calls
# ruff: noqa: N802 -- the names are those of Twisted
"""A connection of which some requests take the short path.

What arrives between two requests and is the whole head of a quick one is answered
here. All else is given to the superclass as it came, also what arrives while an answer
is awaited: it is kept there, and read after the answer.
"""

from typing import Protocol

from twisted.logger import Logger
from twisted.python.failure import Failure

from notary.web import proxies
from notary.web.answers import Answer
from notary.web.channel import LimitedChannel
from notary.web.limiting import LimitingSite, State
from notary.web.quick_head import RequestHeaders
from notary.web.quick_request import Quick, QuickRequest

log = Logger(namespace="notary.web")


class QuickSite(LimitingSite, Protocol):
    """What a channel needs to know of a site with a short path."""

    quick: Quick


class QuickChannel(LimitedChannel):
    """An HTTP/1.1 connection with limits and a short path."""

    site: QuickSite
    _peer = ""

    def connectionMade(self) -> None:
        """Find out how whole answers are sent best."""
        super().connectionMade()
        transport = self.transport
        self._send = getattr(transport, "write_at_once", transport.write)
        self._send_last = getattr(transport, "write_last", self._send)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Wait no more for the requests that came by this connection."""
        self.site.in_flight.difference_update(self.requests)
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        """Answer a quick request, or read on."""
        if self._is_between_requests():
            request = self.site.quick.request(data, self._origin)
            if request is not None:
                self._answer(request)
                return
        super().dataReceived(data)

    def _origin(self, headers: RequestHeaders) -> str:
        """Return whom a request comes from, for the log."""
        trusted = self.site.trusted_proxies
        if trusted:
            forwarded = headers.getRawHeaders(proxies.HEADER, ())
            return proxies.origin(self.getPeer(), forwarded, trusted)
        if not self._peer:
            self._peer = proxies.origin(self.getPeer(), (), ())
        return self._peer

    def _is_between_requests(self) -> bool:
        return (
            self._state is State.IDLE
            and not self._buffer
            and not self.requests
            and not self.paused
            and bool(self.persistent)
            and not self.refused
        )

    def _answer(self, request: QuickRequest) -> None:
        self.was_used = True
        request.is_last = request.is_last or self.site.is_ending
        answer = self.site.quick.answer(request)
        if isinstance(answer, Answer):
            self._deliver(request, answer)
            return
        self._await_answer(request)
        answer.addCallback(self._answered, request)
        answer.addErrback(self._failed, request)

    def _answered(self, answer: Answer, request: QuickRequest) -> None:
        self.site.in_flight.discard(request)
        if request.is_gone:
            request.tell_problem(answer, self.site.request_log)
        else:
            self._deliver(request, answer)

    def _deliver(self, request: QuickRequest, answer: Answer) -> None:
        """Send the answer, and be ready for the next request unless it was the last."""
        lines = self.site.request_log
        data = request.encoded(answer)
        if not self.keep(len(data)):
            return
        request.tell_problem(answer, lines)
        (self._send_last if request.is_last else self._send)(data)
        request.completed(lines)
        self._go_on(request, is_last=request.is_last)

    def _await_answer(self, request: QuickRequest) -> None:
        """Keep what arrives, within limits, until this quick request is answered."""
        self._state = State.ANSWERING
        self.requests.append(request)
        self._handlingRequest = True
        self.setRawMode()
        self.site.in_flight.add(request)

    def _go_on(self, request: QuickRequest, *, is_last: bool) -> None:
        """Read on after the answer to a quick request, or end the connection."""
        self.setTimeout(self.limits.idle_seconds)
        if is_last:
            self.persistent = False
        if self._dataBuffer:
            self.requestDone(request)  # type: ignore[arg-type]
            return
        self._state = State.IDLE
        if self.requests:
            self.requests.clear()
            self._handlingRequest = False
            self.line_mode = 1
        if is_last:
            self.loseConnection()

    def _failed(self, reason: Failure, request: QuickRequest) -> None:
        """Hang up, as nothing is known of what was sent."""
        self.site.in_flight.discard(request)
        log.failure("request failed", reason, **request.context())
        self.transport.abortConnection()
