# mypy: allow-untyped-calls
# ruff: noqa: N802 -- the names are those of Twisted
"""One HTTP connection: what a client may send, how much, and how slowly.

Whoever breaks a limit or the protocol gets an answer and loses the connection. What
is answered otherwise is left to ``notary.web.request``.
"""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Any, Protocol

from twisted.internet.interfaces import ITCPTransport
from twisted.logger import Logger
from twisted.web.http import RESPONSES, HTTPChannel, Request
from twisted.web.resource import IResource

from notary import request_id
from notary.settings.model import LimitsSettings, Network
from notary.web import answers, shown
from notary.web.answers import Answer
from notary.web.conventions import Conventions

# How long the rest of a refused request is read and dropped: closing at once would
# reset the connection, and the answer could be lost.
LINGER_SECONDS = 2

log = Logger(namespace="notary.web")


_REASONS = {**RESPONSES, 431: b"Request Header Fields Too Large"}


def _plain(status: int) -> Answer:
    body = b"%d %b" % (status, _REASONS[status])
    return Answer(status, body, ((b"Content-Type", answers.TEXT),))


BAD_REQUEST = _plain(400)
REQUEST_TIMEOUT = _plain(408)
HEAD_TOO_LARGE = _plain(431)


class _State(Enum):
    IDLE = auto()
    RECEIVING = auto()
    ANSWERING = auto()


class LimitingSite(Protocol):
    """What a channel needs to know of the site it belongs to."""

    conventions: Conventions
    limits: LimitsSettings
    resource: IResource
    trusted_proxies: Sequence[Network]


class LimitedChannel(HTTPChannel):
    """An HTTP/1.1 connection with limits, which it takes from its site."""

    site: LimitingSite
    transport: ITCPTransport
    refused = False
    _state = _State.IDLE
    _head_bytes = 0

    @property
    def limits(self) -> LimitsSettings:
        """What one client may cost."""
        return self.site.limits

    def accepts(self, body_bytes: int) -> bool:
        """Tell whether a body may be so large; refuse the request if it may not."""
        if body_bytes > self.limits.body_bytes:
            said = f"The body may have {self.limits.body_bytes} bytes"
            self.refuse(self.site.conventions.too_large(said))
        return not self.refused

    def refuse(self, answer: Answer) -> None:
        """Answer in the middle of a request, drop the rest of it, and hang up."""
        if self.refused:
            return
        self.refused = True
        identity = self._request_id()
        headers = [
            *answer.headers,
            (request_id.HEADER.encode(), identity.encode()),
            (b"Content-Length", b"%d" % len(answer.body)),
            (b"Connection", b"close"),
        ]
        status = answer.status
        self.writeHeaders(b"HTTP/1.1", b"%d" % status, _REASONS[status], headers)
        self.transport.write(answer.body)
        if not self.isSecure():
            self.transport.loseWriteConnection()
        self.setTimeout(LINGER_SECONDS)
        log.info(
            "request refused",
            **{
                request_id.FIELD: identity,
                "http.request.remoteaddr": shown.peer(self.getPeer()),
                "http.response.status": status,
            },
        )

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
        """Read on; the time for one request runs from its first byte."""
        if self.refused:
            return
        if self._state is _State.IDLE:
            self._state = _State.RECEIVING
            self.setTimeout(self.limits.request_seconds)
        try:
            super().dataReceived(data)
        except Exception:
            fields: Any = {request_id.FIELD: self._request_id()}
            log.failure("a request could not be read", **fields)
            self.refuse(BAD_REQUEST)

    def resetTimeout(self) -> None:
        """Do nothing: what is limited is the whole request, not the gaps in it."""

    def lineReceived(self, line: bytes) -> None:
        """Take one line of the head."""
        self._head_bytes += len(line) + len(self.delimiter)
        if self._head_bytes > self.limits.head_bytes:
            self.refuse(HEAD_TOO_LARGE)
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
        self.refuse(HEAD_TOO_LARGE)

    def rawDataReceived(self, data: bytes) -> None:
        """Take a piece of the body."""
        if not self.refused:
            super().rawDataReceived(data)

    def allHeadersReceived(self) -> None:
        """Look at the length of the body before any of it is read or asked for."""
        self._head_bytes = 0
        if self.accepts(self.length or 0):
            super().allHeadersReceived()

    def allContentReceived(self) -> None:
        """Have the request answered; the answer may take as long as it needs."""
        if self.refused:
            return
        self._state = _State.ANSWERING
        # The superclass puts this aside and applies it again after the answer.
        self.setTimeout(self.limits.idle_seconds)
        super().allContentReceived()

    def requestDone(self, request: Request) -> None:
        """Wait for the next request, or for the client to take the whole answer."""
        self._state = _State.IDLE
        super().requestDone(request)
        if not self.persistent:
            self.setTimeout(self.limits.idle_seconds)

    def timeoutConnection(self) -> None:
        """Hang up; a client in the middle of a request is told why."""
        if self._state is _State.RECEIVING and not self.refused:
            self.refuse(REQUEST_TIMEOUT)
        else:
            super().timeoutConnection()

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.refuse(BAD_REQUEST)
