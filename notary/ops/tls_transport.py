# mypy: allow-untyped-calls
# ruff: noqa: N802 -- the names are those of Twisted
"""One TLS connection of a server: that of Twisted, without what costs and is not used.

What it leans on inside Twisted is in ``tests/test_twisted.py``. Certificates and suites
are in ``notary.ops.tls``.
"""

from contextlib import suppress
from typing import Any

from OpenSSL import SSL
from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

_HTTP_BEGINNINGS = (b"GET /", b"HEAD ", b"POST ", b"PUT /", b"DELET", b"OPTIO")
_REFUSAL = (
    b"HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\n"
    b"Client sent an HTTP request to an HTTPS server.\n"
)
_HANDSHAKE = 22
_APPLICATION_DATA = 23
_RECORD_HEADER = 5
_MAX_PLAIN = 1 << 14
"""So much fits into one record."""
_RECORD_SHARE = 64
"""What a record has besides is less than this part of it."""


@implementer(IPushProducer, IConsumer)
class ServerTransport(BufferingTLSTransport):
    """TLS that tells a client in plain words when it does not speak TLS."""

    transport: Any
    _began = False
    _is_holding = False
    _has_tickets = False
    # How many bytes of a record are still to come; None if that is not known.
    _missing: int | None = 0

    def makeConnection(self, transport: ITransport) -> None:
        """Wait for the client's first word; what is provided, the class says."""
        self._tlsConnection = self.factory._creatorCallable(self)
        self._appSendBuffer: list[bytes] = []
        self.transport = transport
        self.connected = 1
        self.factory.registerProtocol(self)
        self.wrappedProtocol.makeConnection(self)

    def dataReceived(self, data: bytes) -> None:
        """Decrypt what came, and pass it on."""
        if not self._began:
            self._began = True
            if data[0] != _HANDSHAKE and data.startswith(_HTTP_BEGINNINGS):
                self.transport.write(_REFUSAL)
                self.transport.loseConnection()
                return
        whole = self._missing == 0 and _is_one_record(data)
        if whole and self._handshakeDone and not self._appSendBuffer:
            self._one_record_received(data)
            return
        if self._missing is not None:
            self._missing = _missing(self._missing, data)
        super().dataReceived(data)

    def _one_record_received(self, data: bytes) -> None:
        """Pass on what one record holds: it leaves nothing to be read or answered."""
        connection = self._tlsConnection
        connection.bio_write(data)
        try:
            plain = connection.recv(len(data))
        except SSL.Error:
            # It is about TLS itself, or broken.
            self._flushReceiveBIO()
        else:
            if not self._aborted:
                self.wrappedProtocol.dataReceived(plain)

    def write_at_once(self, data: bytes) -> None:
        """Write without waiting for more: to be used for whole answers."""
        self._aggregator.flush()
        if len(data) <= _MAX_PLAIN:
            TLSMemoryBIOProtocol.write(self, data)
        else:
            self._write_records(data)

    def _write_records(self, data: bytes) -> None:
        """Write what is several records, and send them together."""
        self._is_holding = True
        TLSMemoryBIOProtocol.write(self, data)
        self._is_holding = False
        size = len(data) + len(data) // _RECORD_SHARE + _MAX_PLAIN
        with suppress(SSL.WantReadError):
            self.transport.write(self._tlsConnection.bio_read(size))

    def write_last(self, data: bytes) -> None:
        """Write a whole answer, after which ``loseConnection`` is called at once.

        What is one record is sent by that, together with the good-bye.
        """
        self._is_holding = len(data) <= _MAX_PLAIN
        self.write_at_once(data)
        self._is_holding = False
        if self._appSendBuffer:
            self._flushSendBIO()

    def _checkHandshakeStatus(self) -> None:
        """Keep what ends the handshake until there is something else to be sent.

        With TLS 1.3 that is tickets, for which no client waits.
        """
        super()._checkHandshakeStatus()
        if self._handshakeDone:
            version = self._tlsConnection.get_protocol_version()
            self._has_tickets = version == SSL.TLS1_3_VERSION

    def _write(self, data: bytes) -> None:
        self._has_tickets = False
        super()._write(data)

    def _shutdownTLS(self) -> None:
        self._has_tickets = False
        super()._shutdownTLS()

    def _tlsShutdownFinished(self, reason: Failure | None) -> None:
        self._has_tickets = False
        super()._tlsShutdownFinished(reason)

    def _flushSendBIO(self) -> None:
        if not (self._is_holding or self._has_tickets):
            super()._flushSendBIO()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Tell the protocol; after a good-bye of ours nothing is left to be read."""
        if self.disconnecting:
            self._lostTLSConnection = True
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        """Read nothing for now."""
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Read on."""
        self.transport.resumeProducing()


def _is_one_record(data: bytes) -> bool:
    """Tell whether this is one record, that is said to hold data, and nothing more."""
    return (
        len(data) > _RECORD_HEADER
        and data[0] == _APPLICATION_DATA
        and len(data) == _RECORD_HEADER + (data[3] << 8 | data[4])
    )


def _missing(before: int, data: bytes) -> int | None:
    """Return how much is missing after the data; ``None`` for part of a header."""
    end = before
    while end < len(data):
        if len(data) < end + _RECORD_HEADER:
            return None
        end += _RECORD_HEADER + (data[end + 3] << 8 | data[end + 4])
    return end - len(data)
