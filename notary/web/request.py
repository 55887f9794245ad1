# mypy: allow-untyped-calls
# ruff: noqa: N802, N815 -- the names are those of Twisted
"""One HTTP request: from its target to the line in the log.

Overrides of ``twisted.web``: no ``Server`` header, no HTML, no trust in ``Host``.
"""

import time
from typing import Any

from attrs import evolve
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure
from twisted.web.http import datetimeToString
from twisted.web.server import Request

from notary import request_id
from notary.web import proxies, shown, target
from notary.web.answers import Answer
from notary.web.channel import BAD_REQUEST, LimitedChannel
from notary.web.target import BadTarget, Target

# Longer than any name; the time that routing takes can grow with the square of it.
MAX_PATH = 2048

log = Logger(namespace="notary.web")

_LOGGED_HEADERS = (
    (b"Host", "http.request.host", shown.text),
    (b"User-Agent", "http.request.useragent", shown.text),
    (b"Referer", "http.request.referer", shown.referer),
    (b"Content-Type", "http.request.contenttype", shown.text),
)


class APIRequest(Request):
    """A request whose answer is an ``Answer``.

    ``gun``, ``operation``, ``subject``, who asks, and ``error``, the code in the
    answer, are set once they are known.
    """

    defaultContentType = None
    channel: LimitedChannel
    gun: str | None = None
    subject = ""
    operation = ""
    error = ""
    body_bytes = 0
    _started = 0.0
    _request_id = ""
    _origin = ""

    def process(self) -> None:
        """Answer the request, or refuse it if nobody can tell what it asks for."""
        self._started = time.monotonic()
        self._origin = proxies.origin(
            self.getClientAddress(),
            self.requestHeaders.getRawHeaders(proxies.HEADER, []),
            self.channel.site.trusted_proxies,
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
        headers, length = self.responseHeaders, len(answer.body)
        self.setResponseCode(answer.status)
        headers.setRawHeaders(b"Date", [datetimeToString()])
        headers.setRawHeaders(request_id.HEADER, [self.request_id])
        for name, value in answer.headers:
            headers.setRawHeaders(name, [value])
        if answer.status not in (204, 304):
            headers.setRawHeaders(b"Content-Length", [b"%d" % length])
        if answer.problem:
            level = LogLevel.error if answer.status >= 500 else LogLevel.info
            log.emit(level, "{problem}", problem=answer.problem, **self.context())
        return answer.body

    @property
    def request_id(self) -> str:
        """The id of the request: the client's if it sent one, and always the same."""
        if not self._request_id:
            given = self.requestHeaders.getRawHeaders(request_id.HEADER.encode(), [])
            self._request_id = request_id.identify(given)
        return self._request_id

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
            failed = evolve(self.channel.site.conventions.failed, problem="")
            self._answer(failed)

    def connectionLost(self, reason: Failure) -> None:
        """Give up the answer, and say so; what is done for the request goes on."""
        if self._started and not self.channel.refused:
            log.info("the client left before the answer", **self.context())
        super().connectionLost(reason)

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

    def context(self) -> dict[str, Any]:
        """Return the fields that tell in the log which request a line is about."""
        fields: dict[str, Any] = {
            request_id.FIELD: self.request_id,
            "http.request.method": self.method.decode("ascii"),
            "http.request.uri": shown.uri(self.uri),
            "http.request.remoteaddr": self._origin,
        }
        for name, label, show in _LOGGED_HEADERS:
            values = self.requestHeaders.getRawHeaders(name)
            if values:
                fields[label] = show(values[0])
        if self.operation:
            fields["operation"] = self.operation
        if self.gun is not None:
            fields["gun"] = self.gun
        if self.subject:
            fields["auth.user.name"] = self.subject
        return fields
