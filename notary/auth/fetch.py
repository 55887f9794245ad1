"""Fetching a key set over HTTPS: one request, bounded in time and size.

When to ask, and what to do with the answer, is left to ``notary.auth.refresh``.
"""

import re
from pathlib import Path

from attrs import frozen
from OpenSSL.crypto import X509
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.ssl import Certificate, platformTrust, trustRootFromCertificates
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS, HTTPConnectionPool
from twisted.web.http_headers import Headers

from notary.auth.files import MAX_BYTES, KeysError
from notary.bounded_body import TooLong, bounded_body
from notary.http_failures import reason
from notary.pem import PEMError, read_certificates

SECONDS = 10
MIN_AGE = 60
MAX_AGE = 24 * 60 * 60
USUAL_AGE = 15 * 60

_AGE = re.compile(r'(?:^|[\s,])max-age="?([0-9]{1,9})\b', re.IGNORECASE)


@frozen
class Fetched:
    """An answer: its body, ``None`` if that is still the same, and until when.

    ``seconds`` is how long it need not be asked for again.
    """

    body: bytes | None
    etag: str
    seconds: int


class Fetcher:
    """Asks for one https URL, and trusts the authorities of one file in that."""

    def __init__(self, url: str, ca_file: Path | None) -> None:
        self._url = url.encode("ascii")
        self._policy = _policy(ca_file)

    async def fetch(self, reactor: IReactorTime, etag: str = "") -> Fetched:
        """Return the answer, or raise ``KeysError`` with what went wrong.

        The reactor connects, too. ``etag`` is that of the answer before, if any.
        """
        fetching = Deferred.fromCoroutine(self._fetch(reactor, etag))
        try:
            return await fetching.addTimeout(SECONDS, reactor, _too_late)
        except KeysError:
            raise
        except Exception as error:
            raise KeysError(reason(error)) from None

    async def _fetch(self, reactor: IReactorTime, etag: str) -> Fetched:
        headers = {"User-Agent": ["notary-server"], "Accept": ["application/json"]}
        if etag:
            headers["If-None-Match"] = [etag]
        # A connection for each request: there is one in minutes. Redirects, cookies
        # and compression are left out on purpose.
        pool = HTTPConnectionPool(reactor, persistent=False)
        agent = Agent(reactor, self._policy, connectTimeout=SECONDS, pool=pool)
        answer = await agent.request(b"GET", self._url, Headers(headers))
        try:
            body = await bounded_body(answer, MAX_BYTES)
        except TooLong:
            raise KeysError(f"the answer is larger than {MAX_BYTES} bytes") from None
        return _fetched(answer.code, answer.headers, body, etag)


def _too_late(_outcome: object, seconds: float) -> Fetched:
    raise KeysError(f"no answer within {seconds:g} s")


def _policy(ca_file: Path | None) -> BrowserLikePolicyForHTTPS:
    if ca_file is None:
        return BrowserLikePolicyForHTTPS(platformTrust())
    try:
        found = read_certificates(ca_file)
    except PEMError as error:
        raise KeysError(str(error)) from None
    roots = [Certificate(X509.from_cryptography(each)) for each in found]
    return BrowserLikePolicyForHTTPS(trustRootFromCertificates(roots))


def _fetched(code: int, headers: Headers, body: bytes, etag: str) -> Fetched:
    new = _header(headers, "ETag")
    if code == 200:
        return Fetched(body, new, _age(headers))
    if code == 304 and etag:
        return Fetched(None, new or etag, _age(headers))
    extra = ", and redirects are not followed" if 300 <= code < 400 else ""
    raise KeysError(f"the answer is {code}{extra}")


def _age(headers: Headers) -> int:
    """Return how long the answer may be used, as it says itself, within our limits."""
    found = _AGE.search(_header(headers, "Cache-Control"))
    return min(max(int(found[1]), MIN_AGE), MAX_AGE) if found else USUAL_AGE


def _header(headers: Headers, name: str) -> str:
    values = headers.getRawHeaders(name) or [""]
    return ",".join(values)[:1000]
