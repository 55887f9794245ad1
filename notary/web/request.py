# mypy: allow-untyped-calls
# ruff: noqa: N802, N815 -- the names are those of Twisted
"""One HTTP request: from its target to the line in the log.

Overrides of ``twisted.web``: no ``Server`` header, no HTML, no trust in ``Host``.
"""

import re
import time
import uuid
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure
from twisted.web.http import datetimeToString
from twisted.web.server import Request

from notary.web import target
from notary.web.answers import Answer
from notary.web.channel import BAD_REQUEST, LimitedChannel
from notary.web.target import BadTarget, Target

# Longer than any name; the time that routing takes can grow with the square of it.
MAX_PATH = 2048

log = Logger(namespace="notary.web")

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_LOGGED_HEADERS = (
    (b"Host", "http.request.host"),
    (b"User-Agent", "http.request.useragent"),
    (b"Referer", "http.request.referer"),
    (b"Content-Type", "http.request.contenttype"),
)
_MAX_LOGGED = 512


class APIRequest(Request):
    """A request whose answer is an ``Answer``.

    ``gun``, and ``subject``, who asks, are set once they are known.
    """

    defaultContentType = None
    channel: LimitedChannel
    gun: str | None = None
    subject = ""
    request_id = ""
    body_bytes = 0
    _started = 0.0

    def process(self) -> None:
        """Answer the request, or refuse it if nobody can tell what it asks for."""
        self._started = time.monotonic()
        self.request_id = self._identify()
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
        conventions = self.channel.site.conventions
        location = wanted.redirect() if conventions.redirects else None
        if len(wanted.path) > MAX_PATH:
            self._answer(conventions.path_too_long)
        elif location is not None:
            self._answer(Answer(301, headers=((b"Location", location),)))
        else:
            self.prepath, self.postpath = [], [wanted.path[1:].encode()]
            self.render(self.channel.site.resource)

    def deliver(self, answer: Answer) -> bytes:
        """Set status and headers, and return the body that is still to be written."""
        self.setResponseCode(answer.status)
        headers = self.responseHeaders
        headers.setRawHeaders(b"Date", [datetimeToString()])
        headers.setRawHeaders(b"X-Request-Id", [self.request_id.encode("ascii")])
        for name, value in answer.headers:
            headers.setRawHeaders(name, [value])
        if answer.status not in (204, 304):
            headers.setRawHeaders(b"Content-Length", [b"%d" % len(answer.body)])
        if answer.problem:
            level = LogLevel.error if answer.status >= 500 else LogLevel.info
            log.emit(level, "{problem}", problem=answer.problem, **self.context())
        return answer.body

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a piece of the body, unless that is more than is allowed."""
        self.body_bytes += len(data)
        if self.channel.accepts(self.body_bytes):
            super().handleContentChunk(data)

    def getRequestHostname(self) -> bytes:
        """Return a fixed name: routing does not depend on what a client claims."""
        return b"notary"

    def processingFailed(self, reason: Failure) -> None:
        """Answer a failure of the framework itself."""
        log.failure("request failed", reason, **self.context())
        if not self.startedWriting and not self._disconnected:
            self._answer(self.channel.site.conventions.failed)

    def completed(self) -> None:
        """Write the line about the finished request to the log."""
        milliseconds = (time.monotonic() - self._started) * 1000
        fields = self.context()
        fields["http.response.status"] = self.code
        fields["http.response.written"] = self.sentLength
        fields["http.response.duration"] = f"{milliseconds:.3f}ms"
        kind = self.responseHeaders.getRawHeaders(b"Content-Type")
        if kind:
            fields["http.response.contenttype"] = kind[0].decode("latin-1")
        log.info("response completed", **fields)

    def _answer(self, answer: Answer) -> None:
        self.write(self.deliver(answer))
        self.finish()

    def _identify(self) -> str:
        given = self.requestHeaders.getRawHeaders(b"X-Request-Id")
        if given and _SANE_ID.fullmatch(given[0]):
            return given[0].decode("ascii")
        return str(uuid.uuid4())

    def context(self) -> dict[str, Any]:
        """Return the fields that tell in the log which request a line is about."""
        fields: dict[str, Any] = {
            "http.request.id": self.request_id,
            "http.request.method": self.method.decode("ascii"),
            "http.request.uri": _shown(self.uri),
            "http.request.remoteaddr": self._peer(),
        }
        for name, label in _LOGGED_HEADERS:
            values = self.requestHeaders.getRawHeaders(name)
            if values:
                fields[label] = _shown(values[0])
        if self.gun is not None:
            fields["gun"] = self.gun
        if self.subject:
            fields["auth.user.name"] = self.subject
        return fields

    def _peer(self) -> str:
        peer = self.getClientAddress()
        if isinstance(peer, IPv4Address | IPv6Address):
            return f"{peer.host}:{peer.port}"
        return str(peer)


def _shown(value: bytes) -> str:
    return value[:_MAX_LOGGED].decode("utf-8", "replace")
