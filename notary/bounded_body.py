"""Reading a response of HTTP no further than an honest one goes."""

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.iweb import IResponse


class TooLong(Exception):
    """The body is longer than allowed."""


def bounded_body(response: IResponse, limit: int) -> Deferred[bytes]:
    """Return the body, or fail with ``TooLong`` or with what cut the body short.

    Whoever cancels ends the connection.
    """
    body = _Body(limit)
    response.deliverBody(body)
    return body.finished


class _Body(Protocol):
    def __init__(self, limit: int) -> None:
        self.finished: Deferred[bytes] = Deferred(lambda _: self._abort())
        self._limit = limit
        self._received = bytearray()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if len(self._received) + len(data) <= self._limit:
            self._received += data
        elif not self.finished.called:
            self.finished.errback(TooLong())
            self._abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        if self.finished.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.finished.callback(bytes(self._received))
        else:
            self.finished.errback(reason)

    def _abort(self) -> None:
        # The peer is not waited for, as an orderly end of TLS would.
        if IPushProducer.providedBy(self.transport):
            self.transport.stopProducing()
