"""What is known of a request, by whichever path it comes, and what of it is logged."""

from functools import lru_cache
from typing import Any

from twisted.logger import Logger
from twisted.web.http import datetimeToString

from notary import request_id
from notary.web import shown
from notary.web.answers import Answer
from notary.web.request_log import RequestLog

_LOGGED_HEADERS = (
    (b"host", "http.request.host", shown.host),
    (b"user-agent", "http.request.useragent", shown.text),
    (b"referer", "http.request.referer", shown.referer),
    (b"content-type", "http.request.contenttype", shown.text),
)
URI = "http.request.uri"
GUN = "gun"
ORIGIN = "http.request.remoteaddr"
STATUS = "http.response.status"
WRITTEN = "http.response.written"
DURATION = "http.response.duration"
KIND = "http.response.contenttype"
COMPLETED = "response completed"

log = Logger(namespace="notary.web")

_REQUEST_ID = request_id.HEADER.lower().encode()


class Asked:
    """One request.

    ``gun``, ``operation``, ``subject`` (who asks) and ``error`` (the code in the
    answer) are set once they are known; ``is_admitted`` or ``refusal`` if it was
    decided before the body came whether the request is let in.
    """

    method: bytes
    uri: bytes
    requestHeaders: Any  # noqa: N815 -- Twisted's name
    code: int
    gun: str | None = None
    subject = ""
    operation = ""
    error = ""
    body_bytes = 0
    is_admitted = False
    refusal: Exception | None = None
    _request_id = ""
    _origin = ""

    @property
    def request_id(self) -> str:
        """The id of the request: the client's if it sent one, and always the same."""
        if not self._request_id:
            given = self.requestHeaders.getRawHeaders(_REQUEST_ID, ())
            self._request_id = request_id.identify(given)
        return self._request_id

    @property
    def size(self) -> int:
        """Roughly what the client has sent, separators left out, as in Go."""
        raise NotImplementedError

    def let_go(self) -> None:
        """Free the memory of the body, if there is one."""

    def tell_problem(self, answer: Answer, lines: RequestLog) -> None:
        """Log what the answer says of an error, if it is one."""
        if not answer.problem:
            return
        if answer.status >= 500:
            log.error("{problem}", problem=answer.problem, **self.context())
        elif lines.wanted:
            lines.write("{problem}", {**self.context(), "problem": answer.problem})

    def tell_completed(
        self, lines: RequestLog, *, seconds: float, written: int, kind: str
    ) -> None:
        """Write the line about the finished request; ``written`` are bytes of body."""
        if not lines.wanted:
            return
        fields = self.fields_completed(kind)
        fields[WRITTEN] = written
        fields[DURATION] = duration(seconds)
        lines.write(COMPLETED, fields)

    def fields_completed(self, kind: str) -> dict[str, Any]:
        """Return those fields of the line that tell neither how long nor how much."""
        fields = self.context()
        fields[STATUS] = self.code
        if kind:
            fields[KIND] = kind
        return fields

    def context(self) -> dict[str, Any]:
        """Return the fields that tell in the log which request a line is about."""
        fields = fields_of(self.method, self.uri, self.requestHeaders)
        fields[request_id.FIELD] = self.request_id
        fields[ORIGIN] = self._origin
        if self.operation:
            fields["operation"] = self.operation
        if self.gun is not None:
            fields[GUN] = self.gun
        if self.subject:
            fields["auth.user.name"] = self.subject
        return fields


def fields_of(method: bytes, uri: bytes, headers: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the fields of the log that are about what was asked for."""
    fields: dict[str, Any] = {
        "http.request.method": method.decode("ascii"),
        URI: shown.uri(uri),
    }
    for name, label, show in _LOGGED_HEADERS:
        values = headers.getRawHeaders(name)
        if values:
            fields[label] = show(values[0])
    return fields


def duration(seconds: float) -> str:
    """Return how long something took as the log has it."""
    return f"{seconds * 1000:.3f}ms"


@lru_cache(maxsize=2)
def date(second: int) -> bytes:
    """Return the ``Date`` of a second since 1970."""
    return bytes(datetimeToString(second))
