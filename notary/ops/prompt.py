# mypy: allow-untyped-calls
# ruff: noqa: N802 -- the names are those of Twisted
"""Connections that send at once what can be sent at once.

Twisted waits until the operating system has said that there is room, with two system
calls more for each write. Which protocol is spoken is left to others.
"""

from contextlib import suppress
from typing import Any

from twisted.internet import tcp
from twisted.internet.interfaces import IAddress, IListeningPort


class PromptServer(tcp.Server):
    """The server's side of a TCP connection."""

    _host: IAddress | None = None

    def write(self, data: bytes) -> None:
        """Send the data, or what of it there is room for; keep the rest for later."""
        if data and self.connected and not (self.dataBuffer or self._tempDataBuffer):
            # What is wrong, if anything is, shows when the rest is sent.
            with suppress(OSError):
                data = data[self.socket.send(data) :]
        if data:
            super().write(data)

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
