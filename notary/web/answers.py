"""What goes back to a client: a status, headers and a body, as one value.

Which error deserves which answer is decided in ``notary.web.errors``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

from attrs import field, frozen

from notary.tuf import canonical

TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json; charset=utf-8"
METRICS = b"text/plain; version=0.0.4; charset=utf-8"

# The client reads no more than 1 KiB of an error.
_MAX_ERROR_BYTES = 1023

Headers = tuple[tuple[bytes, bytes], ...]

RETRY_LATER: Headers = ((b"Retry-After", b"5"),)
"""In seconds, with every 503."""

_T = TypeVar("_T")


@frozen
class Answer:
    """One complete answer; ``Content-Length`` and the like are added when it is sent.

    ``problem`` is the line for the log if this is the answer to an error.
    """

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Headers = ()
    problem: str = ""


EMPTY = Answer(200)


def text(body: bytes) -> Answer:
    """Return a success with the content type that the Go server gives to JSON."""
    return Answer(200, body, ((b"Content-Type", TEXT),))


def error(
    status: int,
    code: str,
    message: str,
    detail: object = None,
    headers: Headers = (),
) -> Answer:
    """Return an error envelope of less than 1024 bytes; ``None`` is no detail.

    Strings that are too long lose their end.
    """
    body = _envelope(code, message, detail)
    for length in range(920, 0, -20):
        if len(body) <= _MAX_ERROR_BYTES:
            break
        body = _envelope(code, message, _shortened(detail, length))
    said = f"{code.lower().replace('_', ' ')}: {message}"
    shown = "" if detail is None else f": {compact(_shortened(detail, 200))}"
    return Answer(status, body, ((b"Content-Type", JSON), *headers), said + shown)


def of_kind(table: Mapping[type, _T], error: BaseException, otherwise: _T) -> _T:
    """Return what a table has for the class of an error, or else for its next base."""
    for kind in type(error).__mro__:
        if kind in table:
            return table[kind]
    return otherwise


def compact(value: object) -> str:
    """Return the value as JSON in the form in which Go's encoder writes it."""
    shown = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return canonical.escape_html(shown)


def _envelope(code: str, message: str, detail: object) -> bytes:
    content = {"code": code, "message": message}
    if detail is None:
        return _encode({"errors": [content]})
    return _encode({"errors": [{**content, "detail": detail}]})


def _encode(value: object) -> bytes:
    return compact(value).encode("utf-8", "replace") + b"\n"


def _shortened(value: object, length: int) -> object:
    if isinstance(value, str) and len(value) > length:
        return value[:length] + "..."
    if isinstance(value, dict):
        return {name: _shortened(member, length) for name, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_shortened(member, length) for member in value]
    return value
