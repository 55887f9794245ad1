"""The link to a signer over its HTTPS API, by treq on connections that are kept.

What answers say is read in ``https_answers``, and what went wrong on the way in
``https_errors``.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from notary import request_id
from notary.bounded_body import TooLong, bounded_body
from notary.ops.reactor import Reactor
from notary.settings.address import join_host_port
from notary.signing import https_answers as answers
from notary.signing.client_tls import ClientTLS
from notary.signing.https_answers import Answer, Malformed
from notary.signing.https_errors import translated
from notary.signing.https_tls import SignerConnections
from notary.signing.link import MAX_ANSWER_BYTES
from notary.signing.plain_agent import Plain, WholeBody
from notary.signing.service import SigningUnavailable, UnknownKey
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature

CONNECTIONS = 8
"""So many calls are under way at a time; further ones wait."""

_CONNECT_SECONDS = 2
_CLOSE_SECONDS = 1

# Only a form: treq's URLs cannot hold addresses of IPv6.
_URL = "https://signer.invalid/v1"
_JSON = {"Content-Type": ["application/json"], "Accept": ["application/json"]}

_T = TypeVar("_T")


class HTTPSLink:
    """A ``Link`` to the API of a host, whose certificate must be for that."""

    def __init__(
        self, name: str, host: str, port: int, tls: ClientTLS, reactor: Reactor
    ) -> None:
        self.name = name
        self._headers = Headers(_JSON)
        self._headers.addRawHeader("Host", join_host_port(host, port))
        self._tls = tls
        self._reactor = reactor
        self._pool = HTTPConnectionPool(reactor)
        self._pool.maxPersistentPerHost = CONNECTIONS
        # Which calls may be repeated is not for the pool to say.
        self._pool.retryAutomatically = False
        there = HostnameEndpoint(
            reactor, host.encode("ascii"), port, timeout=_CONNECT_SECONDS
        )
        self._connections = SignerConnections(tls, host)
        endpoint = wrapClientTLS(self._connections, there)
        agent = Agent.usingEndpointFactory(reactor, _Always(endpoint), self._pool)
        self._client = HTTPClient(Plain(agent), data_to_body_producer=WholeBody)
        self._free = DeferredSemaphore(CONNECTIONS)

    async def create_key(self, gun: str, role: str, algorithm: str) -> PublicKey:
        """Return the key that the signer answers."""
        wanted = {"gun": gun, "role": role, "algorithm": algorithm}
        answer = await self._call("POST", "/keys", wanted)
        return self._read(answers.key, answer)

    async def get_key(self, key_id: str) -> PublicKey:
        """Return the key that the signer answers, or raise ``UnknownKey``."""
        answer = await self._call("GET", f"/keys/{key_id}", key_id=key_id)
        return self._read(answers.key, answer)

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        """Return the signature that the signer answers, or raise ``UnknownKey``."""
        content = {"payload": base64.b64encode(payload).decode("ascii")}
        path = f"/keys/{key_id}/signatures"
        answer = await self._call("POST", path, content, key_id)
        return self._read(answers.signature, answer)

    async def delete_key(self, key_id: str) -> None:
        """Have the key forgotten, if there is one."""
        try:
            await self._call("DELETE", f"/keys/{key_id}", key_id=key_id)
        except UnknownKey:
            return

    async def check(self) -> None:
        """Ask whether the signer is well."""
        answer = await self._call("GET", "/health")
        if not self._read(answers.is_well, answer):
            raise SigningUnavailable(f"{self.name} answers that it is not well")

    def renew(self, tls: ClientTLS) -> None:
        """Connect anew with these files; calls under way keep their connection."""
        self._connections.use(tls)
        self._tls = tls
        # Whoever cannot be told goodbye is gone already.
        self._pool.closeCachedConnections().addErrback(lambda _: None)

    async def close(self) -> None:
        """Let go of every connection, for a second in the orderly way."""
        closing = self._pool.closeCachedConnections()
        closing.addTimeout(_CLOSE_SECONDS, self._reactor, lambda *_: None)
        await closing

    async def _call(
        self,
        method: str,
        path: str,
        content: dict[str, str] | None = None,
        key_id: str | None = None,
    ) -> Answer:
        await self._free.acquire()
        try:
            answer = await self._exchanged(method, path, content)
        finally:
            self._free.release()
        if answer.status not in (200, 204):
            raise answers.refusal(answer, self.name, key_id)
        return answer

    async def _exchanged(
        self, method: str, path: str, content: dict[str, str] | None
    ) -> Answer:
        body = None if content is None else json.dumps(content).encode("ascii")
        try:
            requested = self._client.request(
                method,
                _URL + path,
                headers=self._headers_now(),
                data=body,
                allow_redirects=False,
                unbuffered=True,
            )
            response = await _firmly_cancellable(requested)
            return Answer(response.code, await bounded_body(response, MAX_ANSWER_BYTES))
        except CancelledError:
            raise
        except TooLong:
            raise SigningUnavailable(f"{self.name} answers too much") from None
        except Exception as error:  # The HTTP client documents none.
            raise translated(error, self.name, self._suspicions) from None

    def _headers_now(self) -> Headers:
        headers, current = self._headers.copy(), request_id.CURRENT.get()
        if current:
            headers.addRawHeader(request_id.HEADER, current)
        return headers

    def _suspicions(self) -> list[str]:
        return self._tls.suspicions(datetime.now(UTC))

    def _read(self, reader: Callable[[Answer], _T], answer: Answer) -> _T:
        try:
            return reader(answer)
        except Malformed:
            raise SigningUnavailable(
                f"{self.name} answers {answer.status} and not what a signer would;"
                " is that its HTTPS port?"
            ) from None


@implementer(IAgentEndpointFactory)
class _Always:
    """Leads all requests to one place, whatever their URL."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        self._endpoint = endpoint

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:  # noqa: ARG002, N802
        return self._endpoint


def _firmly_cancellable(inner: Deferred[_T]) -> Deferred[_T]:
    """Return the same outcome, but ``CancelledError`` whenever it is cancelled.

    What Twisted tells depends on how far the connection was, "no such host" included.
    """
    cancelled = False

    def cancel(_outer: object) -> None:
        nonlocal cancelled
        cancelled = True
        inner.cancel()

    def succeed(outcome: _T) -> None:
        if not cancelled:
            outer.callback(outcome)

    def fail(reason: Failure) -> None:
        if not cancelled:
            outer.errback(reason)

    outer: Deferred[_T] = Deferred(cancel)
    inner.addCallbacks(succeed, fail)
    return outer
