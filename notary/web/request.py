# mypy: allow-untyped-calls
# ruff: noqa: N802, N815 -- the names are those of Twisted
"""One HTTP request: from its target to the line in the log.

Overrides of ``twisted.web``: no ``Server`` header, no HTML, no trust in ``Host``.
"""

import time

from attrs import evolve
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.server import Request

from notary import request_id
from notary.web import proxies, target
from notary.web.answers import Answer
from notary.web.asked import Asked, date
from notary.web.channel import LimitedChannel
from notary.web.limiting import BAD_REQUEST, LimitingSite
from notary.web.target import BadTarget, Target

# Longer than any name; the time that routing takes can grow with the square of it.
MAX_PATH = 2048

_CLOSE = b"close"

log = Logger(namespace="notary.web")


class APIRequest(Asked, Request):
    """A request whose answer is an ``Answer``; it is in flight from its first line."""

    defaultContentType = None
    channel: LimitedChannel
    """The connection; there is none any more once the client has left."""

    site: LimitingSite  # type: ignore[assignment]
    is_routine = False
    """Whether it has had its line already, of a lower level."""

    _started = 0.0
    _held = 0

    def __init__(self, channel: LimitedChannel, *args: object) -> None:
        super().__init__(channel, *args)
        self.site = channel.site
        channel.was_used = True
        self.site.in_flight.add(self)
        if self.site.is_ending:
            self.make_last()

    def make_last(self) -> None:
        """Close the connection after the answer, and say so if that has not begun."""
        # Twisted decides anew at the end of the head, by what the client asks for.
        self.requestHeaders.setRawHeaders(b"connection", [_CLOSE])
        self.channel.persistent = False
        if not self.startedWriting:
            self.responseHeaders.setRawHeaders(b"connection", [_CLOSE])

    def wants_body(self, method: bytes, uri: bytes) -> bool:
        """Tell, when nothing but the head is known, whether the body is needed."""
        self.method, self.uri = method, uri
        try:
            path = target.parse(uri).path
        except BadTarget:
            return False
        return len(path) <= MAX_PATH and self.site.wants_body(self, path)

    def let_go(self) -> None:
        """Free the memory of the body."""
        self.site.bodies.give_back(self._held)
        self._held = 0
        if self.content is not None:
            self.content.close()

    def finish(self) -> None:
        """Be done with the request."""
        self.let_go()
        self.site.in_flight.discard(self)
        super().finish()

    def process(self) -> None:
        """Answer the request, or refuse it if nobody can tell what it asks for."""
        self._started = time.monotonic()
        self._origin = proxies.origin(
            self.getClientAddress(),
            self.requestHeaders.getRawHeaders(proxies.HEADER, []),
            self.site.trusted_proxies,
        )
        hosts = self.requestHeaders.getRawHeaders(b"Host", [])
        if len(hosts) > 1 or (self.clientproto == b"HTTP/1.1" and hosts in ([], [b""])):
            self.channel.refuse(BAD_REQUEST)
            return
        try:
            self._route(target.parse(self.uri))
        except BadTarget:
            self.channel.refuse(BAD_REQUEST)
        except Exception:
            self.processingFailed(Failure())

    def _route(self, wanted: Target) -> None:
        conventions = self.site.conventions
        location = wanted.redirect() if conventions.redirects else None
        if len(wanted.path) > MAX_PATH:
            self._answer(conventions.path_too_long)
        elif location is not None:
            self._answer(Answer(301, headers=((b"Location", location),)))
        else:
            self.prepath, self.postpath = [], [wanted.path[1:].encode()]
            self.render(self.site.resource)

    def deliver(self, answer: Answer) -> bytes:
        """Set status and headers, and return the body that is still to be written.

        If the client has left, only the log is told what the answer says of an error.
        """
        self.let_go()
        self.tell_problem(answer, self.site.request_log)
        if self._disconnected:
            return b""
        headers, length = self.responseHeaders, len(answer.body)
        self.setResponseCode(answer.status)
        headers.setRawHeaders(b"Date", [date(int(time.time()))])
        headers.setRawHeaders(request_id.HEADER, [self.request_id])
        for name, value in answer.headers:
            headers.setRawHeaders(name, [value])
        if answer.status not in (204, 304):
            headers.setRawHeaders(b"Content-Length", [b"%d" % length])
        return answer.body if self.channel.keep(length) else b""

    @property
    def size(self) -> int:
        """Roughly what the client has sent, separators left out, as in Go."""
        first = len(self.method) + len(self.uri) + len(self.clientproto)
        headers = sum(
            len(name) + sum(map(len, values))
            for name, values in self.requestHeaders.getAllRawHeaders()
        )
        return first + headers + self.body_bytes

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a piece of the body, unless that is more than is allowed."""
        self.body_bytes += len(data)
        if self.channel.accepts(self.body_bytes, self.site.bodies.take, len(data)):
            self._held += len(data)
            super().handleContentChunk(data)

    def getRequestHostname(self) -> bytes:
        """Return a fixed name: routing does not depend on what a client claims."""
        return b"notary"

    def processingFailed(self, reason: Failure) -> None:
        """Answer a failure of the framework itself."""
        self.let_go()
        log.failure("request failed", reason, **self.context())
        if not self.startedWriting and not self._disconnected:
            failed = evolve(self.site.conventions.failed, problem="")
            self._answer(failed)

    def connectionLost(self, reason: Failure) -> None:
        """Give up the answer, and say so; what is done for the request goes on."""
        self.site.in_flight.discard(self)
        if not self._started:
            self.let_go()
        if self._started and not self.channel.refused:
            log.info("the client left before the answer", **self.context())
        super().connectionLost(reason)

    def completed(self) -> None:
        """Write the line about the finished request to the log."""
        if self.is_routine:
            return
        kinds = self.responseHeaders.getRawHeaders(b"Content-Type", [b""])
        self.tell_completed(
            self.site.request_log,
            seconds=time.monotonic() - self._started,
            written=self.sentLength,
            kind=kinds[0].decode("latin-1"),
        )

    def _answer(self, answer: Answer) -> None:
        self.write(self.deliver(answer))
        self.finish()
