"""What stands between treq and the agent of the link: less than treq is made for.

Which requests are made, and over which connections, is left to ``remote_https``.
"""

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IConsumer
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IResponse
from zope.interface import implementer


@implementer(IAgent)
class Plain:
    """Hides compression, by which short becomes very long, and cookies from treq."""

    def __init__(self, agent: IAgent) -> None:
        self._agent = agent

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,  # noqa: N803
    ) -> Deferred[IResponse]:
        """Ask for it as it is, and show no more of the answer."""
        plain = Headers() if headers is None else headers.copy()
        plain.removeHeader(b"accept-encoding")
        requested = self._agent.request(method, uri, plain, bodyProducer)
        return Deferred.fromCoroutine(_as_it_is(requested))


async def _as_it_is(requested: Deferred[IResponse]) -> IResponse:
    response = await requested
    for name in (b"content-encoding", b"set-cookie", b"set-cookie2"):
        response.headers.removeHeader(name)
    return response


@implementer(IBodyProducer)
class WholeBody:
    """A body that is written at once, so that it is sent together with the head.

    That of treq comes a turn or two of the reactor later, as a record of its own.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.length = len(data)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:  # noqa: N802
        """Write all of it."""
        consumer.write(self._data)
        return succeed(None)

    def pauseProducing(self) -> None:  # noqa: N802
        """Do nothing: it is written."""

    def resumeProducing(self) -> None:  # noqa: N802
        """Do nothing: it is written."""

    def stopProducing(self) -> None:  # noqa: N802
        """Do nothing: it is written."""
