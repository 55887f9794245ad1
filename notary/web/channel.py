# mypy: allow-untyped-calls
# ruff: noqa: N802, N815 -- the names are those of Twisted
"""One HTTP connection: what a client may send, how much, and how slowly.

Whoever breaks a limit or the protocol gets an answer and loses the connection. What
is answered otherwise is left to ``notary.web.request``.
"""

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import ITCPTransport
from twisted.logger import Logger
from twisted.web.http import Request

from notary import request_id
from notary.settings.model import LimitsSettings
from notary.web import shown
from notary.web.answers import Answer
from notary.web.keeping import KeepingChannel
from notary.web.limiting import (
    ABORT_SECONDS,
    BAD_REQUEST,
    HEAD_TOO_LARGE,
    REASONS,
    REQUEST_TIMEOUT,
    LimitingSite,
    State,
)
from notary.web.refusals import BODY_BYTES, HEAD_BYTES, REQUEST_SECONDS, Full

# How long the rest of a refused request is read and dropped: closing at once would
# reset the connection, and the answer could be lost.
LINGER_SECONDS = 2

log = Logger(namespace="notary.web")


class LimitedChannel(KeepingChannel):
    """An HTTP/1.1 connection with limits, which it takes from its site."""

    abortTimeout = ABORT_SECONDS
    site: LimitingSite
    transport: ITCPTransport
    refused = False
    was_used = False
    _is_early = False
    _state = State.IDLE
    _head_bytes = 0

    @property
    def limits(self) -> LimitsSettings:
        """What one client may cost."""
        return self.site.limits

    def accepts(self, body_bytes: int, room: Callable[[int], None], more: int) -> bool:
        """Tell whether a body of so many bytes is accepted; refuse it otherwise.

        ``room`` is asked for ``more`` bytes of it.
        """
        if body_bytes > self.limits.body_bytes:
            said = f"The body may have {self.limits.body_bytes} bytes"
            self.refuse(self.site.conventions.too_large(said), BODY_BYTES)
        if self.refused:
            return False
        try:
            room(more)
        except Full:
            self.refuse(self.site.conventions.full)
        return not self.refused

    def refuse(self, answer: Answer, limit: str = "") -> None:
        """Answer in the middle of a request, drop the rest of it, and hang up.

        ``limit`` is the name of the one that the request breaks, if it does.
        """
        if self.refused:
            return
        if limit:
            self.site.refusals(limit)
        identity = self._request_id()
        headers = [
            *answer.headers,
            (request_id.HEADER.encode(), identity.encode()),
            (b"Content-Length", b"%d" % len(answer.body)),
            (b"Connection", b"close"),
        ]
        status = answer.status
        self.writeHeaders(b"HTTP/1.1", b"%d" % status, REASONS[status], headers)
        self.transport.write(answer.body)
        self._hang_up()
        for request in self.requests:
            request.let_go()
        fields = {
            request_id.FIELD: identity,
            "http.request.remoteaddr": shown.peer(self.getPeer()),
            "http.response.status": status,
        }
        log.info("request refused", **fields)

    def _hang_up(self) -> None:
        """Say no more, and let nothing of what still comes be taken for a request."""
        self.refused = True
        if not self.isSecure():
            self.transport.loseWriteConnection()
        self.setTimeout(LINGER_SECONDS)

    def _request_id(self) -> str:
        """Return the id of the request that is being received, as far as it came."""
        request: Any = self.requests[-1] if self.requests else None
        return request.request_id if request else request_id.identify(())

    def connectionMade(self) -> None:
        """Apply the limits on the head before anything is read."""
        head_bytes = self.limits.head_bytes
        self.MAX_LENGTH = self.totalHeadersSize = self.maxHeaders = head_bytes
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Read on; the time for one request runs from its first byte.

        Over TLS a piece may come after the pause, which is kept for later.
        """
        if self.refused:
            return
        if self._state is State.IDLE and not self.paused:
            self._begin()
        try:
            super().dataReceived(data)
        except Exception:
            fields: Any = {request_id.FIELD: self._request_id()}
            log.failure("a request could not be read", **fields)
            self.refuse(BAD_REQUEST)

    def _begin(self) -> None:
        self._state = State.RECEIVING
        self.setTimeout(self.limits.request_seconds)

    def resetTimeout(self) -> None:
        """Do nothing: what is limited is the whole request, not the gaps in it."""

    def lineReceived(self, line: bytes) -> None:
        """Take one line of the head."""
        if self._state is State.IDLE:
            self._begin()
        self._head_bytes += len(line) + len(self.delimiter)
        if self._head_bytes > self.limits.head_bytes:
            self.refuse(HEAD_TOO_LARGE, HEAD_BYTES)
        if not self.refused:
            super().lineReceived(line)

    def headerReceived(self, line: bytes) -> bool:
        """Take one header; a length of thousands of digits is not even a number."""
        try:
            return bool(super().headerReceived(line))
        except ValueError:
            self.refuse(BAD_REQUEST)
            return False

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: ARG002
        """Refuse a line that alone is longer than a head may be."""
        self.refuse(HEAD_TOO_LARGE, HEAD_BYTES)

    def rawDataReceived(self, data: bytes) -> None:
        """Take a piece of the body."""
        if not (self.refused or self._is_early):
            super().rawDataReceived(data)

    def allHeadersReceived(self) -> None:
        """Look at a body, and who sends it, before any of it is read or asked for."""
        self._head_bytes = 0
        known = self.length or 0
        if not self.accepts(known, self.site.bodies.require, known):
            return
        request: Any = self.requests[-1]
        if self.length == 0 or request.wants_body(self._command, self._path):
            super().allHeadersReceived()
        else:
            self._answer_early(request)

    def _answer_early(self, request: Any) -> None:  # noqa: ANN401
        """Have a request answered as if it had no body, and drop what comes of that."""
        request.make_last()
        self._is_early = True
        self.length = 0
        request.gotLength(0)

    def allContentReceived(self) -> None:
        """Have the request answered; the answer may take as long as it needs."""
        if self.refused:
            return
        self._state = State.ANSWERING
        # The superclass puts this aside and applies it again after the answer.
        self.setTimeout(self.limits.idle_seconds)
        super().allContentReceived()

    def requestDone(self, request: Request) -> None:
        """Wait for the next request, or for the client to take the whole answer."""
        self._state = State.IDLE
        if self._is_early:
            self.requests.remove(request)
            self._hang_up()
            return
        super().requestDone(request)
        if not self.persistent:
            self.setTimeout(self.limits.idle_seconds)

    def timeoutConnection(self) -> None:
        """Hang up; a client in the middle of a request is told why."""
        if self._state is State.ANSWERING and not self.refused:
            self.setTimeout(self.limits.idle_seconds)
            return
        if self._state is State.RECEIVING and not self.refused:
            self.refuse(REQUEST_TIMEOUT, REQUEST_SECONDS)
        else:
            super().timeoutConnection()

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.refuse(BAD_REQUEST)
