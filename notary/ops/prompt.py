# mypy: allow-untyped-calls
# ruff: noqa: N802, N815 -- the names are those of Twisted
"""Connections that send at once what can be sent at once, and end so.

Twisted waits until the operating system has said that there is room, with two system
calls more for each write and three for each end. Which protocol is spoken is left to
others.
"""

from typing import Any

from twisted.internet import tcp
from twisted.internet.interfaces import IAddress, IListeningPort
from twisted.internet.main import CONNECTION_DONE
from twisted.python.failure import Failure

_DONE = Failure(CONNECTION_DONE)


class PromptServer(tcp.Server):
    """The server's side of a TCP connection."""

    reactor: Any
    _host: IAddress | None = None
    # Nobody else has the socket, so that to close it is enough.
    _shouldShutdown = False

    def write(self, data: bytes) -> None:
        """Send the data, or what of it there is room for; keep the rest for later."""
        if data and self.connected and not (self.dataBuffer or self._tempDataBuffer):
            try:
                sent = self.socket.send(data)
            except OSError:
                sent = 0  # What is wrong shows when it is tried again.
            data = data[sent:]
        if data:
            super().write(data)

    def loseConnection(self) -> None:
        """Close when all is sent; in the next turn, if that is so already."""
        if (
            not self.connected
            or self.disconnecting
            or self._has_more()
            or self._writeDisconnecting
        ):
            super().loseConnection()
            return
        self.stopReading()
        self.disconnecting = True
        self.reactor.callLater(0, self._end)

    def _end(self) -> None:
        if self._has_more():
            self.startWriting()
        else:
            self.connectionLost(_DONE)

    def _has_more(self) -> bool:
        return bool(self.dataBuffer or self._tempDataBuffer or self.producer)

    def writeSequence(self, iovec: Any) -> None:  # noqa: ANN401
        """Send the pieces as one."""
        self.write(b"".join(iovec))

    def getHost(self) -> IAddress:
        """Return our own address, which does not change."""
        if self._host is None:
            self._host = super().getHost()
        return self._host


def make_prompt(port: IListeningPort) -> IListeningPort:
    """Let the connections of a port of TCP be of this kind, from the next one on."""
    port.transport = PromptServer  # type: ignore[attr-defined]
    return port
