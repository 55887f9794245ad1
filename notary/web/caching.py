"""What HTTP caches may do with metadata, and conditional requests."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from attrs import frozen
from twisted.web.http import datetimeToString
from twisted.web.http_headers import Headers

from notary.storage.store import StoredFile
from notary.web import answers
from notary.web.answers import Answer

_FORBIDDEN: answers.Headers = (
    (b"Cache-Control", b"max-age=0, no-cache, no-store"),
    (b"Pragma", b"no-cache"),
)
_CONTENT_TYPE = (b"Content-Type", answers.TEXT)
_ENTITY_TAG = re.compile(rb'(?:W/)?"([^"]*)"')
_MAX_DATE = 64


@frozen
class Policy:
    """The cache headers of one kind of metadata, ready to be sent."""

    headers: answers.Headers


def current(max_age: int) -> Policy:
    """Return the policy for metadata that changes; ``max_age`` is in seconds."""
    return _policy(max_age, b", must-revalidate")


def consistent(max_age: int) -> Policy:
    """Return the policy for metadata asked for by checksum or version."""
    return _policy(max_age, b"")


def _policy(max_age: int, more: bytes) -> Policy:
    if max_age <= 0:
        return Policy(_FORBIDDEN)
    value = b"public, max-age=%d, s-maxage=%d%b" % (max_age, max_age, more)
    return Policy(((b"Cache-Control", value),))


def answer(request: Headers, stored: StoredFile, policy: Policy) -> Answer:
    """Return the file, or 304 if the client has it; ``request`` are its headers."""
    headers = _headers(policy.headers, stored.sha256, stored.created_at)
    if _is_known(request, stored):
        return Answer(304, headers=headers)
    return Answer(200, stored.data, (*headers, _CONTENT_TYPE))


@lru_cache(maxsize=4096)
def _headers(
    policy: answers.Headers, sha256: str, created_at: datetime
) -> answers.Headers:
    return (
        *policy,
        (b"Last-Modified", _http_date(created_at)),
        (b"ETag", b'"%b"' % sha256.encode("ascii")),
    )


def _is_known(request: Headers, stored: StoredFile) -> bool:
    tags = request.getRawHeaders(b"If-None-Match")
    if tags is not None:
        listed = b",".join(tags)
        etag = stored.sha256.encode("ascii")
        return listed.strip() == b"*" or etag in _ENTITY_TAG.findall(listed)
    since = request.getRawHeaders(b"If-Modified-Since")
    if not since:
        return False
    known = _date(since[-1])
    return known is not None and stored.created_at.replace(microsecond=0) <= known


def _http_date(when: datetime) -> bytes:
    return bytes(datetimeToString(when.timestamp()))


def _date(value: bytes) -> datetime | None:
    """Return an HTTP date, or ``None`` for what is none and so has to be ignored."""
    try:
        parsed = parsedate_to_datetime(value[:_MAX_DATE].decode("ascii"))
        return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
