# mypy: allow-untyped-calls
# ruff: noqa: N802 -- the names are those of Twisted
"""One HTTP connection whose client may be slow: what is kept for it until it reads.

Nothing more is read from it meanwhile, and what is kept for all together is limited.
When a connection is given up is left to ``notary.web.channel``.
"""

from twisted.internet.interfaces import ITCPTransport
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from notary.web.limiting import LimitingSite
from notary.web.refusals import Full

KEPT_BYTES = 65536
"""Of an answer that is no longer than this, nobody asks whether it was taken."""


class KeepingChannel(HTTPChannel):
    """An HTTP/1.1 connection that keeps answers until they are taken."""

    site: LimitingSite
    transport: ITCPTransport
    _kept = 0

    def pauseProducing(self) -> None:
        """Read and answer nothing more until the client takes what it has asked for."""
        self.paused = True
        super().pauseProducing()
        self._networkProducer.pauseProducing()

    def resumeProducing(self) -> None:
        """Go on where answering was paused."""
        self.paused = False
        self._let_go()
        super().resumeProducing()
        self._networkProducer.resumeProducing()
        if self._buffer:
            self.dataReceived(b"")

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Keep nothing for the client any more."""
        self.paused = False
        self._let_go()
        super().connectionLost(reason)

    def keep(self, answer_bytes: int) -> bool:
        """Tell whether there is room for an answer until it is taken, or hang up."""
        if answer_bytes <= KEPT_BYTES:
            return True
        try:
            self.site.answers.take(answer_bytes)
        except Full:
            self.transport.abortConnection()
            return False
        self._kept += answer_bytes
        self.callLater(0, self._let_go)
        return True

    def _let_go(self) -> None:
        if not self.paused:
            self.site.answers.give_back(self._kept)
            self._kept = 0
